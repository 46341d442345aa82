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
end
