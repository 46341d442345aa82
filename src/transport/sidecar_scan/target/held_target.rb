# frozen_string_literal: true

require_relative "at_rest"
require_relative "running_target"
require_relative "runtime_mounts"

module SidecarScan
  # A container of the image in which our program stands in for the image's own. Its user is the scan's choice, and what it has of
  # the environment holds more than the image's: the facts of the image come first. What is mounted over the image is not the
  # image's, and commands can write to some of it, so it is not believed.
  class HeldTarget < RunningTarget
    include AtRest

    # Who listens and who is connected: nobody of the image. By whatever way a path leads there
    OF_THE_POD = %r{\A/proc/(?:(?:self|thread-self|\d+)/)?(?:task/\d+/)?net\z|\A/sys/(?:class|devices/virtual)/net\z}.freeze

    def initialize(pid, settings)
      @since = Time.now
      @image_root = settings&.image_root
      super(pid)
      use_facts(settings)
    end

    def environment_known?
      true
    end

    # Owners have the image's names, and else those that somebody has mounted.
    def accounts
      @accounts ||= Accounts.new(Root.new("/proc/#{@pid}/root", rename: method(:account_name), on_absent: method(:alive!)))
    end

    # With what is mounted over the image, as commands see it
    def command_root
      @command_root ||= Root.new("/proc/#{@pid}/root", on_absent: method(:alive!))
    end

    def foreign_mounts
      @foreign_mounts ||= RuntimeMounts.new(File.read(@process.path("mountinfo")))
    end

    private

    # The container's own is the image's and what the engine adds.
    def environment_unknown(_why)
      @process.environment.reject { |entry| ImageFacts::ADDED.match?(entry) }
    end

    def proc_name(folder, name)
      path = File.join(folder, name)
      return own_account(path) if foreign_mounts.accounts?(path)

      Honesty.unavailable!("#{path}: the network is the scan pod's") if OF_THE_POD.match?(path)
      Honesty.unavailable!("#{path}: the runtime mounts it; it is not the image's") if foreign_mounts.runtime?(path)
      refuse_change(folder, path) if foreign_mounts.volume?(path)
      super
    end

    def account_name(folder, name)
      path = File.join(folder, name)
      foreign_mounts.accounts?(path) ? own_account(path) : name
    end

    # Where the image's own account file is, under podman's copy of it
    def own_account(path)
      Honesty.unavailable!("#{path}: podman's copy is mounted over it, with an account added") unless @image_root
      "#{@image_root}#{path}"
    end

    # A VOLUME stays writable to commands. The kernel keeps the time of each change, and nobody can set it.
    def refuse_change(folder, path)
      looked_at = foreign_mounts.volume?(folder) ? [folder, path] : [path]
      changed = looked_at.find { |place| File.lstat("/proc/#{@pid}/root#{place}").ctime > @since }
      Honesty.unavailable!("#{path}: a command of this scan has changed #{changed}, which is in a VOLUME of the image") if changed
    end
  end
end
