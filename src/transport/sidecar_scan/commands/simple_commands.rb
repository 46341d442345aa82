# frozen_string_literal: true

module SidecarScan
  module Commands
    # The simple commands that a shell text consists of.
    class SimpleCommands
      TOKEN = /'[^']*'|"[^"]*"|2>\s*&1|&&|\|\||[^'"&|;\n`(\\2]+|./m.freeze
      SEPARATORS = ["&&", "||", "|", ";", "\n"].freeze
      # They begin what is more than a list of commands: a background job, a subshell, a word that is put together.
      MORE = ["&", "`", "(", "\\"].freeze
      # Words of the shell before a command, and alone
      BEFORE = /\A(?:(?:if|then|elif|else|do|!)\s+)+/.freeze
      ALONE = %w[fi done].freeze
      LOOP = %r{\Afor\s+([A-Za-z_]\w*)\s+in((?:\s+[\w./:=,@%+-]+)+)\z}.freeze
      DOLLAR_IN_SINGLE_QUOTES = /'[^']*\$/.freeze
      MOST = 64

      # The text of each; what stands in a loop over words once for each word. nil where the text is not only that, or too much.
      def self.of(text)
        new.read(text)
      end

      def read(text)
        @found = []
        pieces = split(text)
        pieces&.all? { |piece| take(piece) && @found.size <= MOST } ? @found : nil
      end

      private

      def split(text)
        pieces = [+""]
        text.scan(TOKEN) do |token|
          return nil if MORE.include?(token)

          SEPARATORS.include?(token) ? pieces << +"" : pieces.last << token
        end
        pieces.map(&:strip).reject(&:empty?)
      end

      # False where it is nothing simple.
      def take(piece)
        command = piece.sub(BEFORE, "")
        start = LOOP.match(command)
        return begin_loop(start[1], start[2].split) if start

        @words = nil if command == "done"
        return true if ALONE.include?(command)
        return false if @words && DOLLAR_IN_SINGLE_QUOTES.match?(command)

        @found.concat(@words ? @words.map { |word| command.gsub(@variable) { word } } : [command])
      end

      def begin_loop(name, words)
        return false if @words

        @variable = /\$(?:#{name}\b|\{#{name}\})/
        @words = words
      end
    end
  end
end
