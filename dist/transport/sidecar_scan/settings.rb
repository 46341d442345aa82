# frozen_string_literal: true

module SidecarScan
  # What the scan pod says by environment variables. Read once, passed around as plain values.
  class Settings
    COMMAND_MODES = %w[auto chroot files].freeze
    DEFAULT_COMMAND_TIMEOUT = 60
    DEFAULT_TARGET_WAIT = 10

    # The witness starts a moment after the scanner
    DEFAULT_FACTS_WAIT = 10

    attr_reader :facts, :facts_wait, :witness_word, :nonce, :process_pattern, :target_wait, :command_timeout, :commands, :profile, :progress, :census,
                :command_root, :image_root, :controls, :tags, :user_set_by

    def self.from_env(env)
      new(env)
    end

    def initialize(env)
      @nonce = value(env, "SCAN_TARGET_NONCE")
      @process_pattern = pattern(env)
      @container_context = value(env, "SCAN_CONTAINER_CONTEXT") != "false"
      @target_wait = seconds(env, "SCAN_TARGET_WAIT", DEFAULT_TARGET_WAIT)
      @command_timeout = seconds(env, "SCAN_COMMAND_TIMEOUT", DEFAULT_COMMAND_TIMEOUT)
      @commands = commands_mode(env)
      @hold = { "true" => true, "false" => false }[value(env, "SCAN_HOLD")]
      @profile = value(env, "SCAN_PROFILE")
      @progress = value(env, "SCAN_PROGRESS")
      @census = value(env, "SCAN_CENSUS")
      @controls = value(env, "SCAN_CONTROLS").to_s.split("\n")
      @tags = value(env, "SCAN_TAGS").to_s.split("\n")
      @facts = value(env, "SCAN_FACTS")
      @facts_wait = seconds(env, "SCAN_FACTS_WAIT", DEFAULT_FACTS_WAIT)
      @witness_word = value(env, "SCAN_WITNESS") || "/scan/witness"
      @command_root = value(env, "SCAN_COMMAND_ROOT")
      @image_root = value(env, "SCAN_IMAGE_ROOT")
      @user_set_by = value(env, "SCAN_USER_SET_BY")
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

    def seconds(env, name, default)
      text = value(env, name) or return default
      number = Float(text)
      raise ArgumentError, text unless number.positive?

      number
    rescue ArgumentError
      raise Train::UserError, "proc transport: #{name} is #{text.inspect}, not a number of seconds"
    end

    def commands_mode(env)
      mode = value(env, "SCAN_COMMANDS") || "auto"
      return mode if COMMAND_MODES.include?(mode)

      raise Train::UserError, "proc transport: SCAN_COMMANDS is #{mode.inspect}, not one of #{COMMAND_MODES.join(", ")}"
    end
  end
end
