# frozen_string_literal: true

module SidecarScan
  # A profile may compute an input's value from what it asked. Where that was not answered, whoever reads the value later asks the
  # same question.
  module UnansweredInputs
    def find_or_register_input(name, profile, options = {})
      found = super
      event = options[:event]
      event.nil? ? read_unanswered(name, found) : keep_unanswered(name, found, event)
      found
    end

    private

    def keep_unanswered(name, found, event)
      place = Place.current
      reason = place.is_a?(ControlFile) ? place.dependence : place&.reason
      return if reason.nil? || !found.value.equal?(event.value)

      (@sidecar_scan_unanswered ||= {})[name.to_s] = [reason, event.value]
    end

    # A value given from outside takes the place of the profile's own.
    def read_unanswered(name, found)
      reason, value = (@sidecar_scan_unanswered || {})[name.to_s]
      return if reason.nil? || !found.value.equal?(value)

      Honesty.skip_example!(reason) if Honesty.example
      Place.current&.note(reason)
    end
  end

  # Inputs files that are for one profile: InSpec gives every file to every profile.
  module LimitedInputs
    LIST = File.join(ENV["SCAN_SECRETS"] || "/scan-secret", "limited-inputs")

    # File name → the profile it is for; from lines of both
    def self.read(list = LIST)
      return {} unless File.file?(list)

      File.readlines(list, chomp: true).to_h { |line| line.split(" ", 2) }
    end

    private

    def bind_inputs_from_input_files(profile_name, files)
      @sidecar_scan_limited ||= LimitedInputs.read
      super(profile_name, files&.select { |file| [nil, profile_name].include?(@sidecar_scan_limited[File.basename(file)]) })
    end
  end
end
