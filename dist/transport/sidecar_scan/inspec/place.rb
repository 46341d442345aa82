# frozen_string_literal: true

module SidecarScan
  # Where a profile asks while InSpec loads it: the body of a control, an only_if, a describe block, a resource that is being
  # built, a file of controls. It remembers what was not answered there, whoever rescues the exception.
  class Place
    @places = []

    class << self
      # The innermost; nil while examples run.
      def current
        @places.last
      end

      def within(place)
        @places.push(place)
        yield place
      ensure
        @places.pop
      end

      # What the block returns, and why it cannot be relied on (nil where it can).
      def asking(kind)
        place = new(kind)
        value = within(place) { yield }
        [value, place.reason]
      rescue Unavailable => e
        [nil, e.reason]
      end
    end

    attr_reader :kind

    # `reason`: what was not answered before it began, and matters here.
    def initialize(kind, reason = nil)
      @kind = kind
      @reason = reason
      @carried = {}.compare_by_identity
    end

    def note(message)
      @reason ||= message
    end

    # An object that shows its own reason when it is described; any other use of it is noted again.
    def carry(object, message)
      @carried[object] = message
      @reason = nil if @reason.equal?(message)
    end

    def carries?(object)
      @carried.key?(object)
    end

    def described(object)
      @carried.delete(object)
    end

    def reason
      @reason ||= @carried.values.first
    end
  end
end
