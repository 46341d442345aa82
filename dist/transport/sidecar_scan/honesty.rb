# frozen_string_literal: true

# What cannot be answered truthfully must show as a skip with its reason: never as an empty answer, which InSpec
# resources read as "absent" and negated tests as "passed".
module SidecarScan
  PREFIX = "Not available through the proc transport: "

  # The target ended before the scan did. Not a StandardError: RSpec must not turn it into one failed example.
  class TargetGone < SystemExit
    def initialize(message)
      super(1, message)
    end
  end

  # Says "not available" in whatever way the caller's situation makes visible.
  module Honesty
    # Frames that run after the examples, for the report: an exception there would lose the report.
    REPORTING = %r{/inspec/(?:reporters|formatters)/|/inspec/run_data|/rspec/core/formatters/}.freeze

    module_function

    # Always raises. What a profile asks while it is loaded is remembered too, because the profile may rescue the exception.
    def unavailable!(what)
      message = what.start_with?(PREFIX) ? what : PREFIX + what
      skip_example!(message) if example
      Place.current&.note(message) unless reporting?
      raise Unavailable, message
    end

    # Where a reporter asks, an exception would lose the report: it gets `instead`. Used only at the two borders, where Train asks
    # (Connection, TargetFile) and where InSpec does (inspec/).
    def absorbed(instead = nil)
      yield
    rescue Unavailable
      raise unless reporting?

      instead
    end

    def example
      defined?(RSpec) && RSpec.respond_to?(:current_example) && RSpec.current_example
    end

    # mark_skipped! is essential: an example left by SkipDeclaredInExample alone counts as passed.
    # InSpec reports the example's description as the skip message.
    def skip_example!(message)
      current = example or return
      current.metadata[:sidecar_scan_unanswered] = message
      current.metadata[:description] = message
      RSpec::Core::Pending.mark_skipped!(current, message)
      raise RSpec::Core::Pending::SkipDeclaredInExample.new(message)
    end

    def reporting?
      return false if example

      caller_locations.any? { |frame| frame.base_label == "resource_id" || REPORTING.match?(frame.path.to_s) }
    end

    # While a resource is built, Inspec catches ResourceSkipped and shows a skip; without InSpec (train alone) it
    # is a plain transport error.
    def parent_error
      defined?(Inspec::Exceptions::ResourceSkipped) ? Inspec::Exceptions::ResourceSkipped : Train::TransportError
    end
  end

  # An answer that cannot be given.
  class Unavailable < Honesty.parent_error
    attr_reader :reason

    def initialize(reason)
      super
      @reason = reason
    end

    # Inspec::Rule turns an exception in a control's body (only_if, a loop over a command's output) into an example
    # that does `fail e.message`: asked for there, the message skips that example.
    def message
      Honesty.skip_example!(super)
      super
    end
  end
end

require_relative "inspec/place"
require_relative "inspec/patches"
