# frozen_string_literal: true

require_relative "piecemeal"
require_relative "source_flow"

module SidecarScan
  # A file of controls while it is loaded. What it asks outside of any control and is not answered makes those controls skips that
  # use the answer, as far as that can be told from the text.
  class ControlFile < Place
    # What was asked outside of controls and not answered, for the report: file, line and reason.
    Question = Struct.new(:file, :line, :reason) do
      def to_s
        "#{file[%r{(?:controls|test)/.*\z}] || file}:#{line}: #{reason.delete_prefix(PREFIX)}"
      end
    end
    LIMIT = 50

    class << self
      def questions
        @questions ||= []
      end

      # Names that hold such answers beyond one file: instance variables, constants, globals, inputs
      def shared_names
        @shared_names ||= {}
      end
    end

    attr_reader :path, :text

    def initialize(path, text)
      super(:file)
      @path = path
      @text = text
      @asked = {}
    end

    def note(message)
      super
      line = line_now
      @asked[line] ||= message
      @flow = nil
      return if self.class.questions.size >= LIMIT || self.class.questions.any? { |one| one.file == @path && one.line == line }

      self.class.questions << Question.new(@path, line, message)
    end

    # A filter's object goes on at file level as itself; the question stays asked.
    def carry(*); end

    # Why the control that is registered now depends on an unanswered question; nil where it does not.
    def dependence
      return nil if @asked.empty? && self.class.shared_names.empty?

      flow.reason_at(line_now)
    end

    # Whether the rest can be loaded where an exception ended the load.
    def resumable?
      defined?(Ripper) && !@asked.empty?
    end

    # Id → [reason, line] of controls that stand in the text, and whose existence depends on an unanswered question.
    def doubtful_controls
      @asked.empty? ? {} : flow.doubtful_controls
    end

    def flow
      @flow ||= SourceFlow.new(@text, @asked, self.class.shared_names)
    end

    private

    # Of the statement that runs: the innermost block of the file itself, not of methods that it defines.
    def line_now
      frames = caller_locations.select { |frame| frame.path == @path }
      outermost = frames.last or return 0
      frames.find { |frame| frame.base_label == outermost.base_label }.lineno
    end
  end

  # InSpec loads each file of controls by this.
  module ControlFiles
    def load_with_context(context, content, source = nil, line = nil)
      return super unless content.is_a?(String) && source && context.is_a?(Inspec::ControlEvalContext)

      file = ControlFile.new(source, content)
      Place.within(file) do
        before = [rules.dup, @control_subcontexts.dup]
        begin
          super(context, content, source, line)
        rescue StandardError
          raise unless file.resumable?

          self.rules, @control_subcontexts = before
          Piecemeal.new(context, source, content) { file.flow }.load
        end
        register_doubtful(context, file)
      end
    end

    private

    # InSpec reads the code of a control from where its block begins, and gives up on a line it cannot read from.
    def stand_in(file, line)
      body = proc {}
      readable = MethodSource.expression_at(file.text.lines, line) && true
      body.define_singleton_method(:source_location) { [file.path, line] } if readable
      body
    rescue SyntaxError, StandardError
      body
    end

    def register_doubtful(context, file)
      file.doubtful_controls.each do |id, (reason, line)|
        next if rules.values.compact.any? { |rule| Inspec::Rule.rule_id(rule) == id }

        body = stand_in(file, line)
        ControlBody.depending_on(reason) { context.register_control(Inspec::Rule.new(id, context.profile_id, context.resources_dsl, {}, &body)) }
      end
    end
  end

  # What a file of controls calls.
  module ControlsOfFile
    def control(*arguments, &block)
      depending { super(*arguments, &block) }
    end

    def rule(*arguments, &block)
      depending { super(*arguments, &block) }
    end

    def describe(*arguments, &block)
      depending { super(*arguments, &block) }
    end

    # InSpec finds the controls of the same file by where the block stands.
    def only_if(message = nil, &block)
      return super if block.nil? || @skip_file == true || @skip_only_if_eval == true

      answer, reason = Place.asking(:condition) { block.call }
      reason ||= answer.reason if answer.is_a?(Unknown)
      answered = proc { reason ? false : answer }
      answered.define_singleton_method(:source_location) { block.source_location }
      super(reason || message, &answered)
    end

    private

    def depending(&registration)
      place = Place.current
      reason = place.is_a?(ControlFile) ? place.dependence : nil
      reason ? ControlBody.depending_on(reason, &registration) : registration.call
    end
  end
end
