# frozen_string_literal: true

require_relative "target/accounts"
require_relative "inspec/census"
require_relative "commands/router"
require_relative "files/container_context"
require_relative "honesty"
require_relative "result"
require_relative "inspec/progress"
require_relative "files/target_file"
require_relative "files/virtual_file"
require_relative "files/walk"

module SidecarScan
  # What Train asks of a transport, for any target (running or at rest).
  class Connection < Train::Plugins::Transport::BaseConnection
    include Walk

    # Train knows no distribution without an os-release file; `scratch` images have none.
    BARE = "bare-linux"

    attr_reader :target, :root, :accounts, :settings

    # The block gives the target for the settings.
    def initialize(options, settings)
      super(options)
      @settings = settings
      @target = yield settings
      @root = @target.root
      @accounts = @target.accounts
      @router = Commands::Router.new(@target, @accounts, settings)
      @context = settings.container_context? ? ContainerContext.new(@target) : nil
      Census.start(settings)
      Progress.start(settings)
      platform # found out before Train's command cache is on: it strips the answers in place
    end

    def uri
      @target.uri
    end
    alias unique_identifier uri

    def platform
      @platform ||= begin
        @detecting = true
        Train::Platforms::Detect.scan(self)
      rescue Train::PlatformDetectionFailed
        bare_platform
      ensure
        @detecting = false
      end
    end
    alias os platform

    def upload(*)
      raise Train::TransportError, "the proc transport is read-only"
    end

    private

    def bare_platform
      Train::Platforms.name(BARE).title("Linux without a distribution").in_family("linux")
      force_platform!(BARE, { release: "unknown", arch: Etc.uname[:machine] })
    end

    def run_command_via_connection(command, options = {}, &_block)
      return @router.detect(command) if @detecting

      Honesty.absorbed(Result.status(false)) { @router.run(command, options[:timeout]) }
    end

    def file_via_connection(path, *_arguments)
      return VirtualFile.new(self, path, @context.content(path)) if @context&.covers?(path.to_s)

      TargetFile.new(self, path)
    end
  end
end
