# frozen_string_literal: true

require "json"
require "open3"
require "securerandom"
require "timeout"

# One scan pod on the cluster of KUBECONFIG: a target that runs its own program, and an idle scanner beside it.
class Pod
  NAMESPACE = "transport-test"
  SOURCE = File.expand_path("../../../src/transport", __dir__)
  SCANNER = { "baseline" => { runAsUser: 0, capabilities: { drop: ["ALL"], add: %w[DAC_OVERRIDE SYS_CHROOT] } } }.freeze
  RESTRICTED = { runAsUser: 10_001, runAsGroup: 10_001, runAsNonRoot: true, capabilities: { drop: ["ALL"] }, seccompProfile: { type: "RuntimeDefault" } }.freeze

  # The container's processor time in nanoseconds (cgroup v1, v2) tells of processes that nobody waited for as well.
  COUNTED = <<~'SH'.freeze
    used() { cat /sys/fs/cgroup/cpuacct/cpuacct.usage 2>/dev/null || awk '/^usage_usec/ { print $2 * 1000 }' /sys/fs/cgroup/cpu.stat; }
    before=$(used); "$@"; code=$?; after=$(used)
    echo "processor time: $((after - before))"; exit $code
  SH

  attr_reader :name, :nonce

  def self.kubectl(*arguments, input: nil)
    text, status = Open3.capture2e("kubectl", *arguments, stdin_data: input.to_s)
    raise "kubectl #{arguments.first(4).join(" ")}: #{text}" unless status.success?

    text
  end

  def self.namespace
    kubectl("create", "namespace", NAMESPACE)
    yield
  ensure
    kubectl("delete", "namespace", NAMESPACE, "--wait=true")
  end

  # `mounts`: host folder → folder in both containers, read-only. `shared`: host folder mounted writable at /results.
  def initialize(image:, level:, command: nil, mounts: {}, shared: nil)
    @name = "t-#{SecureRandom.hex(4)}"
    @nonce = SecureRandom.hex(8)
    @image = image
    @level = level
    @command = command
    @mounts = mounts
    @shared = shared
  end

  def start
    self.class.kubectl("-n", NAMESPACE, "create", "-f", "-", input: JSON.generate(manifest))
    self.class.kubectl("-n", NAMESPACE, "wait", "--for=condition=Ready", "--timeout=60s", "pod/#{@name}")
    yield self
  ensure
    self.class.kubectl("-n", NAMESPACE, "delete", "pod", @name, "--grace-period=0", "--force", "--wait=true")
  end

  # Runs the scanner's InSpec; gives [output, exit code, seconds of processor time].
  def inspec(*arguments, env: {})
    variables = { "SCAN_TARGET_NONCE" => @nonce, "SCAN_CONTAINER_CONTEXT" => "false" }.merge(env).map { |key, value| "#{key}=#{value}" }
    command = ["kubectl", "-n", NAMESPACE, "exec", @name, "-c", "scanner", "--", "sh", "-c", COUNTED, "sh", "env", *variables, "inspec", *arguments]
    text, status = Open3.capture2e(*command)
    [text, status.exitstatus, processor_time(text)]
  end

  def shell(text)
    Open3.capture2e("kubectl", "-n", NAMESPACE, "exec", @name, "-c", "scanner", "--", "sh", "-c", text)
  end

  # The target's PID on the node, which must be this machine.
  def host_pid
    Timeout.timeout(10) do
      loop do
        found = Dir.children("/proc").grep(/\A\d+\z/).map(&:to_i).sort.find do |pid|
          File.binread("/proc/#{pid}/environ").split("\0").include?("SCAN_TARGET=#{@nonce}")
        rescue SystemCallError
          false
        end
        return found if found

        sleep 0.1
      end
    end
  end

  private

  def processor_time(text)
    text[/^processor time: (\d+)$/, 1].to_i / 1e9
  end

  def manifest
    {
      apiVersion: "v1", kind: "Pod", metadata: { name: @name },
      spec: {
        shareProcessNamespace: true, restartPolicy: "Never", automountServiceAccountToken: false, enableServiceLinks: false,
        terminationGracePeriodSeconds: 0, activeDeadlineSeconds: 900, volumes: volumes,
        containers: [scanner, target]
      }
    }
  end

  def volumes
    folders = @mounts.keys.each_with_index.map { |folder, index| { name: "m#{index}", hostPath: { path: folder } } }
    folders << { name: "results", hostPath: { path: @shared } } if @shared
    folders << { name: "home", emptyDir: {} } << { name: "plugin", hostPath: { path: SOURCE } }
  end

  def scanner
    {
      name: "scanner", image: "localhost/scanner:1", imagePullPolicy: "Never", command: %w[sleep 3600],
      securityContext: security(SCANNER.fetch(@level, RESTRICTED)).merge(readOnlyRootFilesystem: true),
      env: [{ name: "HOME", value: "/scan/home" }, { name: "RUBYLIB", value: "/scan/transport" }, { name: "CHEF_LICENSE", value: "accept-no-persist" }, { name: "LANG", value: "C.UTF-8" }],
      volumeMounts: mounts + [{ name: "home", mountPath: "/scan/home" }, { name: "plugin", mountPath: "/scan/transport", readOnly: true }] +
        (@shared ? [{ name: "results", mountPath: "/results" }] : [])
    }
  end

  def target
    container = {
      name: "target", image: @image, imagePullPolicy: "Never", securityContext: security(target_security), volumeMounts: mounts,
      env: [{ name: "SCAN_TARGET", value: @nonce }, { name: "DIFFERENTIAL", value: "value" }]
    }
    container[:command] = @command if @command
    container
  end

  def target_security
    @level == "restricted" ? RESTRICTED : { runAsUser: 0, capabilities: { drop: ["ALL"] } }
  end

  def security(context)
    { allowPrivilegeEscalation: false }.merge(context)
  end

  def mounts
    @mounts.values.each_with_index.map { |path, index| { name: "m#{index}", mountPath: path, readOnly: true } }
  end
end
