# frozen_string_literal: true

require_relative "unknown"

module SidecarScan
  # Loads a file of controls statement by statement: where an unanswered question outside of controls ended the load, the rest runs.
  class Piecemeal
    SCOPE = proc { binding }

    # `flow` tells, asked anew, what depends on the questions so far.
    def initialize(context, path, text, &flow)
      @context = context
      @path = path
      @text = text
      @flow = flow
      @scope = context.instance_exec(&SCOPE)
    end

    def load
      pieces.each do |first, text|
        @scope.eval(text, @path, first)
      rescue StandardError => e
        lines = (first..(first + text.lines.size - 1))
        reason = e.is_a?(Unavailable) ? e.reason : @flow.call.reason_within(lines)
        raise if reason.nil?

        leave_unknown(lines, reason)
      end
    end

    private

    def leave_unknown(lines, reason)
      @flow.call.assigned_within(lines).each do |name|
        @scope.local_variable_set(name, Unknown.new(reason)) if name.match?(/\A[a-z_]\w*\z/)
        @context.instance_variable_set(name, Unknown.new(reason)) if name.match?(/\A@[a-z_]\w*\z/)
      end
    end

    # [first line, text] of what can be run by itself
    def pieces
      lines = @text.lines
      found = []
      from = 1
      [*@flow.call.first_lines.drop(1), lines.size + 1].uniq.each do |upto|
        piece = lines[(from - 1)...(upto - 1)].join
        next unless Ripper.sexp(piece)

        found << [from, piece]
        from = upto
      end
      found
    end
  end
end
