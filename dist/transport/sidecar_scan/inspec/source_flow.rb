# frozen_string_literal: true

# Few scans need it, and it takes longer to load than all that is here. In a Ruby without it every control of the file depends.
autoload :Ripper, "ripper"

module SidecarScan
  # Which controls of a file depend on questions that it asked outside of controls: told from its text, by the names that hold the
  # answers. When in doubt, a control depends.
  class SourceFlow
    # Where a node of Ripper's tree has statements of its own; the rest of it decides whether they run.
    BODIES = {
      program: [1], bodystmt: [1], brace_block: [2], do_block: [2], if: [2], unless: [2], elsif: [2], else: [1], when: [2], in: [2],
      while: [2], until: [2], for: [3], rescue: [3], ensure: [1], begin: [1]
    }.freeze
    # What decides whether, and how often, its statements run; anything else is one statement, whatever blocks it holds.
    STRUCTURES = (BODIES.keys + %i[case method_add_block]).freeze
    CONTROLS = %w[control rule describe].freeze
    NAMES = %i[@ident @ivar @gvar @cvar @const].freeze
    SHARED = /\A(?:[@$A-Z]|input:)/.freeze
    MUTATES = /\A(?:<<|push|append|concat|unshift|prepend|insert|store|update|add|replace|clear|delete|delete_if|keep_if|\w+!)\z/.freeze

    Statement = Struct.new(:node, :lines, :names, :assigned, :children, :control)

    def initialize(text, asked, shared)
      @asked = asked
      @tainted = shared.dup
      @tree = defined?(Ripper) ? Ripper.sexp(text) : nil
      @statements = @tree ? statements_of(@tree) : []
      @reasons = {}.compare_by_identity
      follow until settled?
      @tainted.each { |name, reason| shared[name] ||= reason if SHARED.match?(name) }
    end

    # Why the control at this line depends; nil where it does not.
    def reason_at(line)
      return @asked.values.first if @tree.nil?

      chain_at(line, @statements).map { |statement| @reasons[statement] }.compact.first
    end

    # Id → [reason, line]
    def doubtful_controls
      found = {}
      each_control(@statements, nil) { |statement, reason| found[statement.control] ||= [reason, statement.lines.min] if reason }
      found.reject { |id, _| id.empty? }
    end

    # Of the statements of the file itself
    def first_lines
      @statements.map { |statement| statement.lines.min }
    end

    def reason_within(lines)
      within(lines).map { |statement| @reasons[statement] }.compact.first || @asked.find { |line, _| lines.cover?(line) }&.last
    end

    def assigned_within(lines)
      within(lines).flat_map(&:assigned).uniq
    end

    private

    def within(lines)
      @statements.select { |statement| lines.cover?(statement.lines.min) }
    end

    def settled?
      before = @known
      @known = [@tainted.size, @reasons.size]
      before == @known
    end

    def follow
      @statements.each { |statement| visit(statement, nil) }
    end

    def visit(statement, inherited)
      reason = inherited || @reasons[statement] || asked_in(statement) || statement.names.map { |name| @tainted[name] }.compact.first
      if reason
        @reasons[statement] ||= reason
        statement.assigned.each { |name| @tainted[name] ||= reason } unless statement.control
      end
      statement.children.each { |child| visit(child, reason) }
    end

    # A question in a line of the statement that none of its inner statements has
    def asked_in(statement)
      line, reason = @asked.find { |at, _| statement.lines.cover?(at) && statement.children.none? { |child| child.lines.cover?(at) } }
      line && reason
    end

    def chain_at(line, statements)
      statement = statements.select { |one| one.lines.cover?(line) }.last or return []
      [statement, *chain_at(line, statement.children)]
    end

    def each_control(statements, inherited, &block)
      statements.each do |statement|
        reason = inherited || @reasons[statement]
        yield(statement, reason) if statement.control
        each_control(statement.children, reason, &block)
      end
    end

    def statements_of(node)
      return [] unless STRUCTURES.include?(node[0])

      places = BODIES[node[0]] || []
      node.each_with_index.flat_map do |part, index|
        next [] if !part.is_a?(Array) || (node[0] == :method_add_block && index == 1)
        next statements_of(part) unless places.include?(index) && part[0].is_a?(Array)

        part.map { |one| statement(one) }.compact
      end
    end

    # A control is one statement: what it asks in its body is not asked here.
    def statement(node)
      tokens = tokens_of(node)
      return nil if tokens.empty?

      lines = tokens.map { |token| token[2][0] }
      control = control_id(node)
      children = control ? [] : statements_of(node)
      inner = children.flat_map { |child| tokens_of(child.node) }
      own = control ? tokens : tokens - inner
      Statement.new(node, (lines.min..lines.max), names_of(own), assigned_in(node).uniq, children, control)
    end

    def names_of(tokens)
      names = tokens.select { |token| NAMES.include?(token[0]) }.map { |token| token[1] }
      return names.uniq unless (names & %w[input attribute]).any?

      (names + tokens.select { |token| token[0] == :@tstring_content }.map { |token| "input:#{token[1]}" }).uniq
    end

    def tokens_of(node)
      return [] unless node.is_a?(Array)
      return [node] if node[0].is_a?(Symbol) && node[0].to_s.start_with?("@") && node[2].is_a?(Array)

      node.flat_map { |part| tokens_of(part) }
    end

    # The id of a control where it is a text, "" where it is computed; nil for what is no control.
    def control_id(node)
      return nil unless node[0] == :method_add_block

      name = called(node[1])
      return nil unless CONTROLS.include?(name)
      return "" if name == "describe"

      literal = tokens_of(node[1]).reject { |token| token[0] == :@ident }
      literal.first && literal.first[0] == :@tstring_content && dig_literal?(node[1]) ? literal.first[1] : ""
    end

    def dig_literal?(call)
      !tokens_of(call).any? { |token| %i[@ivar @gvar @const].include?(token[0]) } && tokens_of(call).count { |token| token[0] == :@ident } == 1
    end

    def called(node)
      return nil unless node.is_a?(Array)
      return node[1][1] if %i[command fcall vcall].include?(node[0]) && node[1].is_a?(Array)

      node[0] == :method_add_arg ? called(node[1]) : nil
    end

    # Names that a node gives a value to, or changes
    def assigned_in(node)
      return [] unless node.is_a?(Array)

      own = case node[0]
            when :var_field, :params then tokens_of(node[0] == :params ? nil : node[1]).map { |token| token[1] }
            when :mlhs then tokens_of(node).map { |token| token[1] }
            when :aref_field, :field then tokens_of(node[1]).map { |token| token[1] }
            when :binary then node[2] == :<< ? tokens_of(node[1]).map { |token| token[1] } : []
            when :call, :command_call then MUTATES.match?(method_name(node)) ? tokens_of(node[1]).map { |token| token[1] } : []
            when :def then [node[1][1]]
            else inputs_in(node)
            end
      own + node.flat_map { |part| assigned_in(part) }
    end

    def method_name(node)
      node[3].is_a?(Array) ? node[3][1].to_s : ""
    end

    def inputs_in(node)
      return [] unless %i[command method_add_arg].include?(node[0]) && %w[input attribute].include?(called(node))

      tokens_of(node).select { |token| token[0] == :@tstring_content }.first(1).map { |token| "input:#{token[1]}" }
    end
  end
end
