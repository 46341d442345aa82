# frozen_string_literal: true

module SidecarScan
  # What a `describe` holds whose result would prove nothing: InSpec shows it as a skipped resource.
  class Unanswered
    attr_reader :resource_exception_message, :to_s
    alias inspect to_s

    def initialize(title, reason)
      @to_s = title
      @resource_exception_message = reason
    end

    def resource_skipped?
      true
    end

    def resource_failed?
      false
    end
  end

  # A control whose condition was not answered: its skip says so from the first word, as every unanswered test does.
  module UnansweredCondition
    NO_TEST = "No-op"

    def prepare_checks(rule)
      skip = skip_status(rule)
      message = skip[:message].to_s
      return super if skip[:result] != true || skip[:type] == :waiver || !message.start_with?(PREFIX)

      [["describe", [Unanswered.new(NO_TEST, "#{message} (asked in #{skip[:type]})")], nil]]
    end
  end

  # A control's body runs while the profile is loaded. What it asks and is not answered makes every test that follows in it a skip;
  # in its only_if, the control.
  module ControlBody
    # The name that InSpec gives to an exception in the body
    RAISED = "Control Source Code Error"
    TITLE = "Control Source Code"

    def self.depending_on(reason)
      before = @reason
      @reason = reason
      yield
    ensure
      @reason = before
    end

    # Why the control as a whole depends on what was asked outside of it; read once.
    def self.take_reason
      @reason.tap { @reason = nil }
    end

    def initialize(id, profile_id, resource_dsl, opts, &block)
      @unanswered = Place.new(:body, ControlBody.take_reason)
      Place.within(@unanswered) { super(id, profile_id, resource_dsl, opts, &block) }
      show_unanswered
    end

    def only_if(message = nil, **options, &block)
      conditional(:only_if, block) { |answered| super(message, **options, &answered) }
    end

    def only_applicable_if(message = nil, &block)
      conditional(:only_applicable_if, block) { |answered| super(message, &answered) }
    end

    private

    # Gives InSpec the answer of a condition, unless there is none: then the control is a skip, whatever other conditions say, but for
    # one that skips it anyway.
    def conditional(kind, block)
      return yield(block) if block.nil? || @__skip_only_if_eval == true || (@__skip_rule[:result] && !@open_condition)

      answer, reason = Place.asking(:condition) { block.call }
      reason ||= answer.reason if answer.is_a?(Unknown)
      return leave_open(kind, reason) if reason

      @__skip_rule[:result] = nil if @open_condition
      yield(proc { answer })
      leave_open(*@open_condition) if @open_condition && !@__skip_rule[:result]
    end

    def leave_open(kind, reason)
      @open_condition = [kind, reason]
      @__skip_rule[:result] = true
      @__skip_rule[:type] = kind
      @__skip_rule[:message] = reason
    end

    def __add_check(kind, values, block)
      @unanswered.described(values.first)
      reason = values.first.is_a?(Unknown) ? values.first.reason : @unanswered.reason
      return super unless reason

      @unanswered.note(reason)
      @shown = true
      super("describe", [Unanswered.new(title_of(values.first), reason)], nil)
    end

    def title_of(described)
      case described
      when RAISED, Unknown, Array then TITLE
      when String then described
      else described.class.to_s == "NilClass" ? "nil" : described.to_s
      end
    rescue StandardError
      TITLE
    end

    # A loop that had nothing to loop over, an only test that was not reached
    def show_unanswered
      return if @shown || @unanswered.reason.nil?

      @__checks.push(["describe", [Unanswered.new(TITLE, @unanswered.reason)], nil])
    end
  end
end
