# frozen_string_literal: true

require_relative "shell_text"

module SidecarScan
  module Commands
    # The text of a command as far as its programs can be told from it: what stands in quotes is data, unless a shell is given it
    # or it stands where a program stands.
    class CommandText
      # A shell, up to where it takes a text as a command
      SHELL_TEXT = /\b(?:(?:ba|da|a|k|mk|z)?sh(?:\s+-\w+)*\s+-\w*c|(?:su|runuser)\s[^|;&]*?(?:-c|--command))/.freeze
      # Where a shell takes the next word as a command
      BEFORE = /(?:\A|[|;&(){}`\n!]|\$\(|\b(?:do|then|else|elif|if|while|until|time|exec|nohup|command|eval|busybox|timeout\s+\S+|nice|xargs(?:\s+-[0rtpx]+|\s+-[IiLnPsEdaa]\s*\S+|\s+--\S+)*)\s|\benv\s(?:\s*-\S+|\s*\w+=\S*)*|-(?:exec|ok)(?:dir)?\s|#{SHELL_TEXT.source}\s)/.freeze
      AFTER = /(?=\z|[\s;|&)<>'"`}])/.freeze
      ASSIGNMENTS = /(?:\w+=\S*\s+)*/.freeze
      QUOTED = /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/m.freeze
      # Behind these a text in quotes is a command
      GIVEN_TO_SHELL = /(?:#{SHELL_TEXT.source}|\beval)\s*\z/.freeze
      AS_PROGRAM = /#{BEFORE.source}\s*\z/.freeze
      SUDO = /(?<=\A|[|;&(){\n])(\s*)sudo(?:\s+-[nEHS]+|\s+-u\s+root|\s+--(?:non-interactive|preserve-env|set-home|user[= ]root))*(?:\s+--)?\s+(?![-\s])/.freeze

      # The texts of shells: the command's own, without what is data, and those it gives to other shells.
      def initialize(command)
        @command = command
        @texts = []
        add(ShellText.unwrap(command))
      end

      attr_reader :command, :texts

      # One for each list of names: it is asked of every command.
      def self.pattern(names, followed)
        @patterns ||= {}
        @patterns[[names, followed]] ||= %r{#{BEFORE.source}\s*#{ASSIGNMENTS.source}(?:/\S*/)?(#{names.map { |name| Regexp.escape(name) }.join("|")})#{AFTER.source}#{followed}}
      end

      # The first of these programs that the command starts; `followed`: what must stand behind it, a pattern's source.
      def program(names, followed = nil)
        pattern = self.class.pattern(names, followed)
        @texts.each do |text|
          found = text[pattern, 1]
          return found if found
        end
        nil
      end

      # The command without `sudo` where that changes nothing for root.
      def self.without_sudo(command)
        command.gsub(SUDO, '\1')
      end

      private

      def add(command, depth = 0)
        return if depth > 4

        plain = String.new
        rest = command
        while (found = QUOTED.match(rest))
          plain << found.pre_match
          inner = found[1] || found[2]&.gsub(/\\([$`"\\\n])/, '\1')
          if inner.nil? then plain << found[3].tr("|;&(){}`\n!$", "_")
          elsif GIVEN_TO_SHELL.match?(plain) then add(inner, depth + 1)
          elsif AS_PROGRAM.match?(plain) then plain << inner
          elsif found[2] then substitutions(found[2], depth)
          end
          plain << "_" if inner && !AS_PROGRAM.match?(plain)
          rest = found.post_match
        end
        @texts << (plain << rest)
      end

      # "… $(program) …" runs a program
      def substitutions(text, depth)
        text.scan(/\$\(([^()]*)\)|`([^`]*)`/) { |one, other| add(one || other, depth + 1) }
      end
    end
  end
end
