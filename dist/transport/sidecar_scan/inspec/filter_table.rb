# frozen_string_literal: true

module SidecarScan
  # InSpec hands on the exception of a filter (`port.where { … }`) as an object that answers every question with itself: true in
  # a condition, never empty, never looped over. As the object of a `describe` it shows its skip; any other use proves nothing.
  module CaughtReason
    COLUMN = /\A[a-z_]+\z/.freeze

    def initialize(resource, exception)
      super
      Place.current&.carry(self, exception.reason) if exception.is_a?(Unavailable)
    end

    def method_missing(name, *arguments, &block)
      return super unless @original_exception.is_a?(Unavailable)

      reason = @original_exception.reason
      place = Place.current
      Honesty.unavailable!(reason) if Honesty.example
      return super if place.nil? || place.kind == :file
      return super if place.carries?(self) && COLUMN.match?(name) && (block.nil? || name == :where)

      Honesty.absorbed { Honesty.unavailable!(reason) }
    end

    def respond_to_missing?(*)
      true
    end

    # What a filter of a resource gives where it cannot be answered.
    def self.from(resource, reason)
      Honesty.unavailable!(reason)
    rescue Unavailable => e
      FilterTable::ExceptionCatcher.new(resource, e)
    end
  end
end
