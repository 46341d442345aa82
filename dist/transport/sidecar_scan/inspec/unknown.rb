# frozen_string_literal: true

module SidecarScan
  # What was asked outside of any control and not answered. There it stands for every answer, so that the load goes on; a control or
  # an example that uses it is a skip.
  class Unknown
    attr_reader :reason

    def initialize(reason)
      @reason = reason
    end

    def method_missing(*)
      itself_or_skip
    end

    def respond_to_missing?(*)
      true
    end

    # What conversions and conditions ask, and the answer each must have.
    {
      to_s: -> { +"" }, to_str: -> { +"" }, inspect: -> { +"unanswered" }, to_a: -> { [] }, to_ary: -> { [] }, to_h: -> { {} }, to_hash: -> { {} },
      to_i: -> { 0 }, to_int: -> { 0 }, to_proc: -> { proc {} }, nil?: -> { false }
    }.each do |name, stand_in|
      define_method(name) do
        itself_or_skip
        stand_in.call
      end
    end

    %i[! == != === =~ !~ <=> eql? then tap itself].each do |name|
      define_method(name) { |*| itself_or_skip }
    end

    def coerce(other)
      itself_or_skip
      [other, other]
    end

    private

    def itself_or_skip
      place = Place.current
      return self if !Honesty.example && (place.nil? || place.kind == :file)

      Honesty.absorbed(self) { Honesty.unavailable!(reason) }
    end
  end
end
