# frozen_string_literal: true

require_relative "shell_text"
require_relative "simple_commands"

module SidecarScan
  module Commands
    # A command whose words tell all that it reads: well-known programs with literal words, on the image's own files, in pipelines,
    # lists, conditions and loops over words. What it opens need not be watched, and most commands of profiles are such. Whatever
    # is not surely so is watched.
    class PlainCommand
      # Programs that read what they are named and change nothing, with the options for which that holds: letters that may stand
      # alone or together, and long options.
      PROGRAMS = {
        "cat" => /\A-[nsbETA]+\z/, "head" => /\A-(?:[nc]?\d*|q)\z/, "tail" => /\A-(?:[nc]?\d*|q)\z/, "wc" => /\A-[lwcmL]+\z/,
        "cut" => /\A-[dfcbs](?:[\d,:;| -]*)\z/, "tr" => /\A-[dsc]+\z/, "sort" => /\A-(?:[nrufbdiV]+|[kt][\d,.:n]*)\z/, "uniq" => /\A-[cdui]+\z/,
        "grep" => /\A-(?:[EFGPivwxcnoqshHlLae]+|[ABCm]\d*)\z/, "egrep" => /\A-[ivwxcnoqshHlLae]+\z/, "fgrep" => /\A-[ivwxcnoqshHlLae]+\z/,
        "ls" => /\A-[laAdhinrSt1pmgGo]+\z/, "stat" => /\A-(?:L|c|Lc|-format=[^\/]*|-printf=[^\/]*)\z/,
        "md5sum" => /(?!)/, "sha1sum" => /(?!)/, "sha256sum" => /(?!)/, "sha512sum" => /(?!)/, "echo" => /\A-[ne]+\z/,
        "id" => /\A-[ugnGr]+\z/, "true" => /(?!)/, "false" => /(?!)/, "whoami" => /(?!)/,
        "test" => /\A-(?:[aodefhLrsxSpgukbcOGnz]|eq|ne|lt|le|gt|ge|nt|ot)\z/
      }.freeze
      # `awk PROGRAM FILE…`: fields and texts compared and printed; nothing opened, run or asked of the environment
      AWK_PROGRAM = %r{\A(?!-)(?:(?!getline|system|ENVIRON|PROCINFO|ARG[VC]|printf?\b[^;\}\n]*>)[\w\s$()\{\};:,.=!~^*+%?/-]|[<>](?=[=\s]*-?\d)|&&|\|\||"[\w\s:,.=-]*")+\z}.freeze
      AWK_OPTION = /\A-F\S?\z/.freeze
      # `sed -n SCRIPT FILE…`: one command that prints, deletes or replaces; with others, sed reads, writes and runs
      SED_ADDRESS = %r{(?:\d+|\$|/(?:[^/\n\\]|\\[^\n])*/)}.freeze
      SED_REPLACE = %r{s/(?:[^/\n\\]|\\[^\n])*/(?:[^/\n\\]|\\[^\n])*/[gpI\d]*}.freeze
      SED_SCRIPT = /\A(?:#{SED_ADDRESS}(?:,#{SED_ADDRESS})?)?\s*!?(?:[pd=]|#{SED_REPLACE})\z/.freeze
      SED_OPTION = /\A-[nEr]+\z/.freeze
      # `find FOLDER… TESTS`: what is on the way, printed. Its tests, with a word behind or without
      FIND_WITH = /\A-(?:type|perm|name|iname|path|ipath|wholename|user|group|uid|gid|size|[acm]time|[acm]min|maxdepth|mindepth|links)\z/.freeze
      FIND_ALONE = /\A(?:-(?:xdev|mount|prune|o|or|a|and|not|print|print0|ls|nouser|nogroup|empty|depth|true|false|P)|[()!])\z/.freeze
      FIND_LINKS = %w[-L -H -P].freeze
      # Alone, these are words like those in quotes.
      QUOTED_BY_BACKSLASH = /(?<=\s)(?:\\([()!])|(!))(?=\s)/.freeze
      # Of a file's own data, not of the file system that it is on
      FORMAT = /\A(?:[^%\/]|%[aAfFgGhiInNosuUWxXyYzZ])*\z/.freeze
      BEHIND = %r{(?:\s+(?:2>\s*&1|[12]?>\s*/dev/null))+\s*\z}.freeze
      # `[ … ]`, which is `test`
      CONDITION = /\A\[\s+(.*)\s\]\z/m.freeze
      FOLDERS = %w[/bin /usr/bin].freeze
      RUNTIME = %r{\A/(?:proc|sys|dev)(?:/|\z)}.freeze
      # A text in quotes, which is left as it is, or a word for which the shell puts the names of files
      PATTERN = %r{'[^']*'|"[^"]*"|(?<=\s)(?<folder>/(?:[\w.+-]+/)*)(?<name>[\w.+-]*\*[\w.*+-]*)(?=\s|\z)}.freeze
      MOST_FILES = 200

      # `mounts`: RuntimeMounts of the root, nil where it has none.
      def initialize(root, working_folder, mounts)
        @root = root
        @working_folder = working_folder
        @mounts = mounts
      end

      def plain?(text)
        commands = SimpleCommands.of(text.gsub(QUOTED_BY_BACKSLASH, "'\\1\\2'"))
        !commands.nil? && commands.all? { |command| literal?(command) }
      end

      private

      def literal?(command)
        words = ShellText.literal_words(expanded(command).sub(BEHIND, "").sub(CONDITION, 'test \1')) or return false
        program = name(words.shift)
        case program
        when "awk" then awk?(words)
        when "sed" then sed?(words)
        when "find" then find?(words)
        else named?(program, words)
        end
      end

      def expanded(command)
        return command unless command.include?("*")

        command.gsub(PATTERN) do |text|
          found = Regexp.last_match
          found[:name] ? files(found[:folder], found[:name]) || text : text
        end
      end

      # nil where there is none, or too many, or one of other letters
      def files(folder, pattern)
        names = @root.children(folder).select { |name| File.fnmatch(pattern, name) }
        names.empty? || names.size > MOST_FILES || !names.all?(&:ascii_only?) ? nil : names.map { |name| folder + name }.join(" ")
      rescue SystemCallError
        nil
      end

      def named?(program, words)
        allowed = PROGRAMS[program] or return false
        options, operands = words.partition { |word| word.start_with?("-") }
        return false unless options.all? { |option| allowed.match?(option) }
        return false if program == "stat" && !formats(options, operands).all? { |format| FORMAT.match?(format) }
        return false if program == "uniq" && operands.any?
        return false if program == "id" && @mounts&.accounts?("/etc/passwd")

        operands << "." if program == "ls" && operands.empty?
        operands.all? { |operand| own?(operand, program) }
      end

      def awk?(words)
        words.shift while words.first&.match?(AWK_OPTION) && words.first != "-F"
        words.shift(2) if words.first == "-F"
        program = words.shift
        !program.nil? && AWK_PROGRAM.match?(program) && words.all? { |word| !word.match?(/\A-|=/) && own?(word, "awk") }
      end

      def sed?(words)
        words.shift while words.first&.match?(SED_OPTION)
        script = words.shift
        !script.nil? && SED_SCRIPT.match?(script) && words.all? { |word| !word.start_with?("-") && own?(word, "sed") }
      end

      # It passes by /proc and /sys, as everybody does who searches there, and asks nothing of them.
      def find?(words)
        words.shift while FIND_LINKS.include?(words.first)
        folders = words.take_while { |word| !word.match?(/\A[-(!]/) }
        tests = words.drop(folders.size)
        while (word = tests.shift)
          return false unless FIND_ALONE.match?(word) || (FIND_WITH.match?(word) && tests.shift)
        end
        folders.all? { |folder| own?(folder, "find") }
      end

      # `stat -c FORMAT`: the word behind; else the option's own
      def formats(options, operands)
        options.any? { |option| option.end_with?("c") } ? operands.take(1) : options.map { |option| option[/=(.*)\z/m, 1] || "" }
      end

      def name(word)
        folder, base = File.split(word)
        word == base || FOLDERS.include?(folder) ? base : nil
      end

      # Every operand is looked at as if it were a path, for some are.
      def own?(operand, program)
        path = File.expand_path(operand.start_with?("/") ? operand : "./#{operand}", @working_folder)
        !RUNTIME.match?(path) && @root.own?(path) && !(program == "ls" && @mounts&.within?(path))
      end
    end
  end
end
