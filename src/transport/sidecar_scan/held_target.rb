# frozen_string_literal: true

require_relative "at_rest"
require_relative "running_target"

module SidecarScan
  # A container of the image in which our program stands in for the image's own. Its user is the scan's choice, and what it has of
  # the environment holds more than the image's: the facts of the image come first.
  class HeldTarget < RunningTarget
    include AtRest

    def initialize(pid, settings)
      super(pid)
      use_facts(settings)
    end

    def environment_known?
      true
    end

    private

    # The container's own is the image's and what the engine adds.
    def environment_unknown(_why)
      @process.environment.reject { |entry| ImageFacts::ADDED.match?(entry) }
    end
  end
end
