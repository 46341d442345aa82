# frozen_string_literal: true

module SidecarScan
  # What the scan pod says by environment variables. Read once, passed around as plain values.
  class Settings
    COMMAND_MODES = %w[auto chroot files].freeze
    DEFAULT_TIMEOUT = 60

    attr_reader :nonce, :process_pattern, :command_timeout, :commands, :profile, :progress, :census

    def self.from_env(env)
      new(env)
    end

    def initialize(env)
      @nonce = value(env, "SCAN_TARGET_NONCE")
      @process_pattern = pattern(env)
      @container_context = value(env, "SCAN_CONTAINER_CONTEXT") != "false"
      @command_timeout = seconds(env)
      @commands = commands_mode(env)
      @hold = { "true" => true, "false" => false }[value(env, "SCAN_HOLD")]
      @profile = value(env, "SCAN_PROFILE")
      @progress = value(env, "SCAN_PROGRESS")
      @census = value(env, "SCAN_CENSUS")
    end

    def container_context?
      @container_context
    end

    # Whether the target is held instead of run; nil: not said
    def hold?
      @hold
    end

    private

    def value(env, name)
      text = env[name].to_s
      text.empty? ? nil : text
    end

    def pattern(env)
      text = value(env, "SCAN_TARGET_PROCESS")
      text && Regexp.new(text)
    rescue RegexpError => e
      raise Train::UserError, "proc transport: target-process is not a regular expression: #{e.message}"
    end

    def seconds(env)
      text = value(env, "SCAN_COMMAND_TIMEOUT") or return DEFAULT_TIMEOUT
      number = Float(text)
      raise ArgumentError, text unless number.positive?

      number
    rescue ArgumentError
      raise Train::UserError, "proc transport: SCAN_COMMAND_TIMEOUT is #{text.inspect}, not a number of seconds"
    end

    def commands_mode(env)
      mode = value(env, "SCAN_COMMANDS") || "auto"
      return mode if COMMAND_MODES.include?(mode)

      raise Train::UserError, "proc transport: SCAN_COMMANDS is #{mode.inspect}, not one of #{COMMAND_MODES.join(", ")}"
    end
  end
end
