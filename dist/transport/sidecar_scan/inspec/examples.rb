# frozen_string_literal: true

module SidecarScan
  # A resource or a profile may rescue the skip and go on; what follows then proves nothing, so the example stays a skip.
  module UnansweredExample
    # Not a success for `describe.one`, which else would show the unanswered alternative beside the proven one.
    def run(*)
      succeeded = super
      metadata[:sidecar_scan_unanswered] ? false : succeeded
    end

    def set_exception(exception)
      return if metadata[:sidecar_scan_unanswered]

      super
    end
  end

  # Makes every example of a group a skip, before it runs.
  module UnansweredExamples
    module_function

    def mark(group, reason)
      examples = group.descendants.flat_map(&:examples)
      examples.each { |example| example.metadata.merge!(skip: reason, description: reason, sidecar_scan_unanswered: reason) }
      examples.any?
    end
  end

  # What a `before(:all)` asks, it asks outside of every example.
  module UnansweredHooks
    def run_before_context_hooks(instance)
      place = Place.new(:hook)
      Place.within(place) { super(instance) }
    rescue Unavailable
      raise unless place.reason
    ensure
      UnansweredExamples.mark(self, place.reason) if place&.reason
    end
  end

  # A describe block runs while its group is built, outside of every example and every rescue.
  module UnansweredGroup
    def example_group(*args, &block)
      place = Place.new(:group)
      group = Place.within(place) { super(*args, &block) }
      return group if place.reason.nil? || UnansweredExamples.mark(group, place.reason)

      super(*args) { it(place.reason) }
    rescue Unavailable => e
      super(*args) { it(e.reason) }
    end
  end
end
