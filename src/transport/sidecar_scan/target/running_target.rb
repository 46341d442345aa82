# frozen_string_literal: true

require_relative "accounts"
require_relative "contract"
require_relative "../honesty"
require_relative "mount_table"
require_relative "process_entry"
require_relative "../files/root"

module SidecarScan
  # A container that runs: its root is /proc/PID/root, and /proc/PID tells what the root cannot (mounts, processes,
  # environment).
  class RunningTarget
    # The hold program is below 500 bytes; a program of an image is never that small.
    HOLD_BYTES = 512
    # Set by the scan and by Kubernetes, not by the image.
    INJECTED = /\A(?:SCAN_TARGET|KUBERNETES_(?:SERVICE|PORT)\w*)=/.freeze

    attr_reader :pid, :root, :process

    def initialize(pid, user_set_by: nil)
      @pid = pid
      @user_set_by = user_set_by
      @process = ProcessEntry.new(pid)
      @born = @process.started
      raise Train::TransportError, no_process if @born.nil?

      @root = Root.new("/proc/#{pid}/root", rename: method(:proc_name), on_absent: method(:alive!))
      @root.children("/")
      refuse_own_root
    rescue Errno::ENOENT, Errno::ESRCH
      raise Train::TransportError, no_process
    rescue Errno::EACCES, Errno::EPERM => e
      raise Train::TransportError, refused(e)
    end

    def command_root
      @root
    end

    # Nothing of the image is mounted separately: the runtime has made one root.
    def apart
      nil
    end

    def foreign_mounts
      nil
    end

    # The process is asked instead.
    def facts
      nil
    end

    def configuration
      nil
    end

    def environment_known?
      true
    end

    def accounts
      @accounts ||= Accounts.new(@root)
    end

    def root_for(_path)
      @root
    end

    def uri
      "proc://#{@pid}"
    end

    # "No such file" means nothing once the target has ended, or another process has its PID.
    def alive!
      return if @process.started == @born || Honesty.reporting?

      message = "proc transport: the target process #{@pid} went away during the scan; its results prove nothing"
      warn message
      raise TargetGone, message
    end

    # True where the image's own program does not run: its processes and ports say nothing about the image.
    def held?(settings)
      return settings.hold? unless settings.hold?.nil?

      @held = File.stat(@process.path("exe")).size <= HOLD_BYTES if @held.nil?
      @held
    rescue SystemCallError
      false
    end

    def environment
      @process.environment.reject { |entry| INJECTED.match?(entry) }
    end

    def search_path
      entry = environment.find { |item| item.start_with?("PATH=") }
      (entry ? entry.delete_prefix("PATH=") : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin").split(":")
    end

    def working_folder
      File.readlink(@process.path("cwd"))
    rescue SystemCallError
      "/"
    end

    alias told_working_folder working_folder

    def mounts
      MountTable.new(File.read(@process.path("mounts")))
    end

    def user_id
      @process.uids[1]
    end

    def group_id
      @process.gids[1]
    end

    def group_ids
      @process.status("Groups").split.map(&:to_i)
    end

    # [UID, GID, GIDs of all groups] that the image itself asks for, which the process does not tell where the scan has set its user
    def image_user
      Honesty.unavailable!("the user the image runs as (#{@user_set_by})") if @user_set_by
      [user_id, group_id, group_ids]
    end

    # The target container's processes: those in its mount namespace.
    def processes
      namespace = @process.mount_namespace
      ProcessEntry.all.select do |entry|
        entry.mount_namespace == namespace
      rescue SystemCallError
        false
      end
    end

    def proc_path(name)
      @process.path(name)
    end

    private

    # In the target's /proc, "self" would be the scanner; 1 would be the pause program; other containers' processes
    # are not the target's.
    def proc_name(folder, name)
      return name unless folder == "/proc"
      return @pid.to_s if %w[self thread-self 1].include?(name)

      raise Errno::ENOENT, "/proc/#{name}" if name.match?(/\A\d+\z/) && !own?(name.to_i)

      name
    end

    def own?(pid)
      pid == @pid || ProcessEntry.new(pid).mount_namespace == @process.mount_namespace
    rescue SystemCallError
      false
    end

    def refuse_own_root
      mine = File.stat("/.")
      theirs = @root.stat("/")
      return unless mine.dev == theirs.dev && mine.ino == theirs.ino

      raise Train::TransportError, "proc transport: process #{@pid} has the scanner's own root file system; it is not another container"
    end

    def no_process
      "proc transport: no process #{@pid}: is shareProcessNamespace on, and is the target running?"
    end

    def refused(error)
      "proc transport: #{error.class.name.split("::").last} on /proc/#{@pid}/root: the scanner (UID #{Process.euid}) may not look into " \
        "process #{@pid} (UIDs #{@process.uids.join(",")}). pod-security: privileged reads targets of any user; " \
        "at restricted both need the same run-as-user."
    rescue SystemCallError
      "proc transport: #{error.message}"
    end
  end
end
