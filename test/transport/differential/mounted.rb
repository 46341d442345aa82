# frozen_string_literal: true

require "json"
require "open3"

# The shape with an image volume: one container, the target's files at /target, nothing of its process. The files are those of a
# running container of the node, seen without what is mounted into it.
module Mounted
  TASKS = "containerd-run/io.containerd.runtime.v2.task/k8s.io"
  SOURCE = File.expand_path("../../../src/transport", __dir__)
  # What only a process, or a container that runs, can tell.
  NAMED = %r{no process: target-mode: run|no /proc, /sys or /dev without a process|held, not running|File is empty: /etc/hosts|it asks for processes}.freeze

  module_function

  # The root file system of the container whose first process has this PID.
  def root_of(pid)
    tasks = File.join(ENV.fetch("CLUSTER_DIR", "/var/lib/scan-cluster"), TASKS)
    task = Dir.children(tasks).find { |id| File.read(File.join(tasks, id, "init.pid")).to_i == pid }
    File.join(tasks, task || raise("no container has the process #{pid}"), "rootfs")
  end

  def scan(pid, name, results)
    folders = { root_of(pid) => "/target:ro", SOURCE => "/scan/transport:ro", __dir__ => "/.differential:ro", results => "/results" }
    environment = { "RUBYLIB" => "/scan/transport", "HOME" => "/tmp", "CHEF_LICENSE" => "accept-no-persist", "LANG" => "C.UTF-8", "SCAN_CONTAINER_CONTEXT" => "false" }
    command = %w[podman run --rm --network none --user 0:0 --cap-drop all --cap-add DAC_OVERRIDE --cap-add SYS_CHROOT --read-only --security-opt no-new-privileges] +
              folders.flat_map { |from, to| ["--volume", "#{from}:#{to}"] } + environment.flat_map { |key, value| ["--env", "#{key}=#{value}"] } +
              ["--entrypoint", "inspec", "localhost/scanner:1", "exec", "/.differential/profile", "-t", "rootfs:///target", "--no-create-lockfile", "--reporter", "json:/results/#{name}.json"]
    log, = Open3.capture2e(*command)
    JSON.parse(File.read("#{results}/#{name}.json"))
  rescue Errno::ENOENT
    raise "no results for #{name}:\n#{log}"
  end

  def named?(pair)
    pair.here == "skipped" && NAMED.match?(pair.message.to_s)
  end
end
