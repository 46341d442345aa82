# frozen_string_literal: true

require "fileutils"
require "json"
require "open3"

# The shape with an image volume: one container, the target's files at /target and, for commands, once more at /target-run with the
# device nodes and the /tmp that a pod mounts there; what only a process tells comes from the witness's files. The target's files are
# those of a running container of the node, seen without what is mounted into it.
module Mounted
  TASKS = "containerd-run/io.containerd.runtime.v2.task/k8s.io"
  SOURCE = File.expand_path("../../../src/transport", __dir__)
  COMMAND_ROOT = File.expand_path("../../../src/sidecar/command-root.sh", __dir__)
  # What only a process, or a container that runs, can tell.
  NAMED = Regexp.union(
    "no process: target-mode: run", "no /proc, /sys or /dev without a process", "held, not running", "File is empty: /etc/hosts",
    "it asks for processes", %r{/(?:proc|sys)/}, "asks the network"
  ).freeze
  SETTINGS = {
    "RUBYLIB" => "/scan/transport", "HOME" => "/tmp", "CHEF_LICENSE" => "accept-no-persist", "LANG" => "C.UTF-8",
    "SCAN_CONTAINER_CONTEXT" => "false", "SCAN_FACTS" => "/facts", "SCAN_WITNESS" => "/facts/word",
    "SCAN_COMMAND_ROOT" => "/target-run", "SCAN_COMMAND_FOLDERS" => "dev tmp"
  }.freeze

  module_function

  # The root file system of the container whose first process has this PID.
  def root_of(pid)
    tasks = File.join(ENV.fetch("CLUSTER_DIR", "/var/lib/scan-cluster"), TASKS)
    task = Dir.children(tasks).find do |id|
      File.read(File.join(tasks, id, "init.pid")).to_i == pid
    rescue Errno::ENOENT
      false # a container of somebody else's, which has ended
    end
    File.join(tasks, task || raise("no container has the process #{pid}"), "rootfs")
  end

  # What the witness, a second container of the image, would have written
  def facts(pid, folder)
    FileUtils.mkdir_p(folder)
    %w[environ status].each { |name| File.binwrite("#{folder}/#{name}", File.binread("/proc/#{pid}/#{name}")) }
    File.write("#{folder}/cwd", File.readlink("/proc/#{pid}/cwd"))
    File.write("#{folder}/word", "{}")
    File.write("#{folder}/done", "")
  end

  def scan(pid, name, results)
    facts(pid, "#{results}/facts-#{name}")
    root = root_of(pid)
    folders = {
      root => ["/target:ro", "/target-run:ro"], SOURCE => ["/scan/transport:ro"], COMMAND_ROOT => ["/scan/command-root.sh:ro"],
      __dir__ => ["/.differential:ro"], results => ["/results"], "#{results}/facts-#{name}" => ["/facts:ro"]
    }
    nodes = %w[null zero full random urandom].flat_map { |node| ["--volume", "/dev/#{node}:/target-run/dev/#{node}"] }
    command = %w[podman run --rm --network none --user 0:0 --cap-drop all --cap-add DAC_OVERRIDE --cap-add SYS_CHROOT --read-only --security-opt no-new-privileges] +
              folders.flat_map { |from, places| places.flat_map { |to| ["--volume", "#{from}:#{to}"] } } +
              %w[dev tmp].flat_map { |to| ["--tmpfs", "/target-run/#{to}:rw,exec"] } + nodes +
              SETTINGS.flat_map { |key, value| ["--env", "#{key}=#{value}"] } +
              ["--entrypoint", "sh", "localhost/scanner:1", "-c", '. /scan/command-root.sh; exec inspec "$@"', "sh", "exec", "/.differential/profile", "-t", "rootfs:///target",
               "--no-create-lockfile", "--reporter", "json:/results/#{name}.json"]
    log, = Open3.capture2e(*command)
    JSON.parse(File.read("#{results}/#{name}.json"))
  rescue Errno::ENOENT
    raise "no results for #{name}:\n#{log}"
  end

  def named?(pair)
    pair.here == "skipped" && NAMED.match?(pair.message.to_s)
  end
end
