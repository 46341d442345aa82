# frozen_string_literal: true

require "timeout"
require_relative "../result"
require_relative "../files/root"
require_relative "../commands/shell_text"
require_relative "grep_pattern"

module SidecarScan
  module Answers
    # cat, grep, head, tail, wc and cut, alone or in a pipeline, where no command is run: only forms that GNU and busybox answer
    # alike, on text in plain ASCII. Everything else is left unanswered.
    class TextTools
      PROGRAMS = { "grep" => :grep, "egrep" => :grep, "fgrep" => :grep, "head" => :head, "tail" => :tail, "wc" => :count, "cut" => :cut, "cat" => :cat }.freeze
      GREP_OPTIONS = /\A-[EFivcqnxhs]+\z/.freeze
      # Old versions of GNU grep read these.
      CHANGES_GREP = /\A(?:GREP_OPTIONS|POSIXLY_CORRECT)=/.freeze
      LOCALE = /\A(?:LC_\w+|LANG|LANGUAGE)=(?<value>.+)/m.freeze
      # Texts that people write are far smaller.
      LARGEST = 1 << 20
      SECONDS = 5
      PLAIN_TEXT = /\A[\t\n\r -~]*\z/n.freeze
      FIELDS = /\A(?:\d+(?:,\d+)*|\d+-\d*)\z/.freeze
      # GNU's since 3.8, unless a distribution takes it out again
      OBSOLESCENT = /warning: \$cmd is obsolescent; using grep -(?<letter>[EF])/.freeze
      SCRIPT_LIMIT = 4096

      # Raised where another program could answer otherwise.
      class NotPortable < StandardError; end

      # What a program printed, and its exit code
      Output = Struct.new(:text, :errors, :status)
      private_constant :Output

      def initialize(target, tools)
        @target = target
        @tools = tools
      end

      # nil: not answered. The block may answer the first command: words → Result or nil.
      def call(command)
        return nil unless @target.root.executable?("/bin/sh") && @target.environment_known?

        stages = stages(command)
        output = stages.each_with_index.inject(nil) do |before, ((words, errors_to), index)|
          given = index.zero? && !PROGRAMS.key?(words[0]) ? elsewhere(stages) { yield words } : run(words, before)
          redirected(given, errors_to, before)
        end
        Result.new(output.text, output.errors, output.status)
      rescue NotPortable, GrepPattern::NotPortable, Timeout::Error, *Root::ABSENT, Errno::EISDIR
        nil
      end

      private

      # [words, where errors go] of each command of a pipeline
      def stages(command)
        texts = []
        rest = command
        while (first, following = ShellText.pipeline(rest))
          texts << first
          rest = following
        end
        [*texts, rest].map do |text|
          plain, merged = ShellText.without_errors(text)
          words = ShellText.literal_words(plain || text) or raise NotPortable
          [words, plain && (merged ? :output : :nowhere)]
        end
      end

      # In which order others print is the business of file systems, databases and locales.
      def elsewhere(stages)
        raise NotPortable if stages.any? { |(name, *), _errors_to| %w[head tail].include?(name) }

        found = yield or raise NotPortable
        Output.new(found.stdout, found.stderr, found.exit_status)
      end

      def redirected(output, errors_to, before)
        errors = before&.errors.to_s
        return Output.new(output.text, errors + output.errors, output.status) unless errors_to
        return Output.new(output.text, errors, output.status) if errors_to == :nowhere || output.errors.empty?
        raise NotPortable unless output.text.empty?

        Output.new(output.errors, errors, output.status)
      end

      def run(words, before)
        raise NotPortable unless PROGRAMS.key?(words[0]) && @tools.path_of(words[0])

        send(PROGRAMS.fetch(words[0]), words, before&.text)
      end

      # A file's text, or what came through the pipe
      def input(paths, given)
        raise NotPortable unless paths.size == (given ? 0 : 1)

        text = given || read(paths[0])
        raise NotPortable unless text.bytesize <= LARGEST && text.b.match?(PLAIN_TEXT)

        text
      end

      def read(path)
        raise NotPortable unless path.start_with?("/")

        @target.root_for(path).read(path, LARGEST)
      end

      def answer(text, status = 0)
        Output.new(text, "", status)
      end

      def cat(words, given)
        answer(input(words.drop(1), given))
      end

      def grep(words, given)
        options = words.drop(1).take_while { |word| word.start_with?("-") }
        pattern, *paths = words.drop(options.size + 1)
        raise NotPortable unless options.all? { |option| GREP_OPTIONS.match?(option) } && pattern && environment.grep(CHANGES_GREP).empty?

        flags = options.join.delete("-").chars
        raise NotPortable if (flags & %w[c q]).size == 2

        flags << words[0][0].upcase unless words[0] == "grep"
        wanted = GrepPattern.new(pattern, flags, locales)
        return missing(words[0], paths[0], flags) if !given && paths.size == 1 && missing?(paths[0])

        lines = matching(input(paths, given), wanted, flags.include?("v"))
        Output.new(grep_text(lines, flags), obsolescent(words[0]), lines.empty? ? 1 : 0)
      end

      # [line, its number] of each that matches
      def matching(text, wanted, inverted)
        lines = text.lines.map { |line| line.delete_suffix("\n") }
        Timeout.timeout(SECONDS) { lines.each.with_index(1).select { |line, _number| wanted.match?(line) != inverted } }
      end

      def grep_text(lines, flags)
        return "" if flags.include?("q")
        return "#{lines.size}\n" if flags.include?("c")

        lines.map { |line, number| "#{"#{number}:" if flags.include?("n")}#{line}\n" }.join
      end

      def missing?(path)
        path.start_with?("/") && @target.root_for(path).stat(path).nil?
      rescue Errno::ENOENT
        true
      end

      # No such file: the one message that all greps have, in English
      def missing(name, path, flags)
        raise NotPortable unless name == "grep" && GrepPattern.by_byte?(locales) && !flags.include?("c")

        Output.new("", flags.include?("s") ? "" : "grep: #{path}: No such file or directory\n", 2)
      end

      # What egrep and fgrep say of themselves: they are scripts in GNU's newer versions
      def obsolescent(name)
        return "" if name == "grep"

        script = @target.root.open(@tools.path_of(name)) { |node| node.stat.size <= SCRIPT_LIMIT ? node.read(SCRIPT_LIMIT) : "" }
        letter = OBSOLESCENT.match(script)
        letter ? "#{name}: warning: #{name} is obsolescent; using grep -#{letter[:letter]}\n" : ""
      end

      def environment
        @environment ||= @target.environment
      end

      def locales
        environment.filter_map { |entry| LOCALE.match(entry)&.[](:value) }
      end

      # -n N, -nN, -N → [N as text, paths]
      def lines_asked(words)
        option, *rest = words.drop(1)
        return ["10", [option, *rest].compact] unless option.to_s.start_with?("-")

        number = option == "-n" ? rest.shift : option[/\A-n(\+?\d+)\z/, 1] || option[/\A-(\d+)\z/, 1]
        raise NotPortable unless number.to_s.match?(/\A\+?\d{1,9}\z/)

        [number, rest]
      end

      def head(words, given)
        count, paths = lines_asked(words)
        raise NotPortable if count.start_with?("+")

        answer(input(paths, given).lines.first(count.to_i).join)
      end

      def tail(words, given)
        count, paths = lines_asked(words)
        lines = input(paths, given).lines
        answer((count.start_with?("+") ? lines.drop([count.to_i - 1, 0].max) : lines.last(count.to_i)).join)
      end

      def count(words, given)
        raise NotPortable unless words[1] == "-l"

        paths = words.drop(2)
        answer("#{[input(paths, given).count("\n"), *paths].join(" ")}\n")
      end

      # cut -d: -f1 and -d ':' -f 1,3 and -f2-
      def cut(words, given)
        options, paths = cut_options(words.drop(1))
        delimiter = options.fetch("d", "\t")
        columns = columns(options["f"].to_s)
        lines = input(paths, given).lines.map do |line|
          parts = line.delete_suffix("\n").split(/#{Regexp.escape(delimiter)}/, -1)
          parts.size < 2 ? line.delete_suffix("\n") : picked(parts, columns).join(delimiter)
        end
        answer(lines.map { |line| "#{line}\n" }.join)
      end

      # Of several fields, one that a line does not have leaves its delimiter with some programs.
      def picked(parts, columns)
        raise NotPortable if columns.size > 1 && columns.last >= parts.size

        columns.flat_map { |column| parts[column] || [] }
      end

      def cut_options(words)
        options = {}
        while (option = words[0]&.match(/\A-([df])(.*)\z/m))
          words = words.drop(1)
          raise NotPortable if options.key?(option[1])

          options[option[1]] = option[2].empty? ? words.shift.to_s : option[2]
        end
        raise NotPortable unless options.fetch("d", "\t").match?(/\A[\t -~]\z/)

        [options, words]
      end

      # The fields as indexes or a range of them, in the order of the line
      def columns(fields)
        raise NotPortable unless FIELDS.match?(fields)

        from, to = fields.split("-").map(&:to_i)
        raise NotPortable if fields.split(/[,-]/).any? { |number| number.to_i.zero? || number.size > 6 } || (to && to < from)
        return [(from - 1)..(to ? to - 1 : -1)] if fields.include?("-")

        fields.split(",").map(&:to_i).uniq.sort.map { |number| number - 1 }
      end
    end
  end
end
