# frozen_string_literal: true

require_relative "accounts"
require_relative "at_rest"
require_relative "contract"
require_relative "../honesty"
require_relative "../files/root"

module SidecarScan
  # An image's files without a process: what only a process can tell is a visible skip.
  class RestingTarget
    include AtRest

    # The runtime fills these when a container starts; in the image they are empty.
    RUNTIME_FOLDERS = %w[proc sys dev].freeze
    # What the kernel tells every container alike, so the scanner's own view answers.
    KERNEL_WIDE = %r{\A/(?:sys|proc)(?:\z|/)}.freeze
    # But not this: processes, mounts and the network are the scan pod's, by whatever way a path leads there.
    OF_THE_POD = %r{\A/proc/(?:self|thread-self|mounts|net|\d+)\z|\A/sys/(?:class|devices/virtual)/net\z}.freeze

    # Where files are read, and where commands run: the same image, with what a container's root has besides
    attr_reader :root, :command_root

    def initialize(folder, settings = nil)
      raise Train::TransportError, "rootfs transport: no folder #{folder.inspect}" unless File.directory?(folder)

      @folder = File.expand_path(folder)
      @root = Root.new(@folder, rename: method(:runtime_name), on_absent: method(:alive!))
      @root.children("/")
      use_facts(settings)
      @command_root = Root.new(settings&.command_root || @folder)
    rescue Errno::EACCES, Errno::EPERM => e
      raise Train::TransportError, "rootfs transport: #{e.message}"
    end

    def accounts
      @accounts ||= Accounts.new(@root)
    end

    def root_for(path)
      return @root unless KERNEL_WIDE.match?(File.expand_path(path.to_s.b, "/"))

      @kernel ||= Root.new("/", rename: method(:kernel_name))
    end

    def uri
      "rootfs://#{@folder}"
    end

    # A folder of the command root that has files of the image and is mounted apart from them; nil where there is none
    def apart
      device = @command_root.stat("/").dev
      %w[/tmp].find { |folder| @command_root.stat?(folder)&.dev.then { |dev| dev && dev != device } && @root.children(folder).any? }
    end

    def foreign_mounts
      nil
    end

    # No process of the image runs.
    def pid
      nil
    end

    def process
      nil
    end

    def alive!
      return if File.directory?(@folder) || Honesty.reporting?

      message = "rootfs transport: #{@folder} went away during the scan; its results prove nothing"
      warn message
      raise TargetGone, message
    end

    def held?(_settings)
      true
    end

    def mounts
      Honesty.unavailable!("mounts (no process: target-mode: run)")
    end

    def processes
      Honesty.unavailable!("processes (no process: target-mode: run)")
    end

    # The scanner's own view stands in for what a whole pod shares.
    def proc_path(name)
      "/proc/self/#{name}"
    end

    private

    def runtime_name(folder, name)
      return name unless folder == "/" && RUNTIME_FOLDERS.include?(name)

      Honesty.unavailable!("/#{name} (no process: target-mode: run)")
      name
    end

    def kernel_name(folder, name)
      path = File.join(folder, name)
      return name unless OF_THE_POD.match?(path) || (folder == "/" && !%w[proc sys].include?(name))

      Honesty.unavailable!("#{path} (no process: target-mode: run)")
      name
    end
  end
end
