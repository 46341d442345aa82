# frozen_string_literal: true

require_relative "../result"
require_relative "../files/root"

module SidecarScan
  module Answers
    # test, cat, ls, find, readlink, stat: told from the files of the target.
    class Files
      LETTERS = {
        "file" => "f", "directory" => "d", "link" => "l", "blockSpecial" => "b", "characterSpecial" => "c", "fifo" => "p", "socket" => "s"
      }.freeze
      RUNTIME = %w[/proc /sys].freeze

      LISTS = [[], %w[-1], %w[-A], %w[-1A], %w[-A1]].freeze

      def initialize(target, accounts)
        @target = target
        @accounts = accounts
      end

      def call(words)
        case words[0]
        when "test" then words.size == 3 && !relative?(words[2]) ? test(words[1], words[2]) : nil
        when "cat" then words.size == 2 && !relative?(words[1]) ? cat(words[1]) : nil
        when "ls" then list(words.drop(1))
        when "find" then find(words.drop(1))
        when "readlink" then readlink(words.drop(1))
        when "stat" then stat(words.drop(1))
        end
      rescue *Root::ABSENT => e
        Result.new("", "#{words[0]}: #{e.message}\n", 1)
      end

      # Train's probe: `test -f FILE && cat FILE`
      def content_of_file(path)
        stat = at(path).stat?(path)
        stat&.file? ? Result.new(at(path).read(path)) : Result.status(false)
      end

      private

      # From the working folder, which is not looked into
      def relative?(path)
        !path.empty? && !path.start_with?("/")
      end

      # What the kernel tells is not among an image's files.
      def at(path)
        @target.root_for(path)
      end

      def test(flag, path)
        stat = at(path).stat?(path, !%w[-L -h].include?(flag))
        case flag
        when "-e" then Result.status(!stat.nil?)
        when "-f" then Result.status(!stat.nil? && stat.file?)
        when "-d" then Result.status(!stat.nil? && stat.directory?)
        when "-s" then Result.status(!stat.nil? && stat.size.positive?)
        when "-L", "-h" then Result.status(!stat.nil? && stat.symlink?)
        end
      end

      def cat(path)
        Result.new(at(path).read(path))
      rescue Errno::EISDIR => e
        Result.new("", "cat: #{e.message}\n", 1)
      end

      # ls [-1] [-A] PATH: a name a line, as ls does without a terminal
      def list(words)
        path = words.last
        return nil unless LISTS.include?(words[0...-1]) && path.start_with?("/")

        stat = at(path).stat?(path)
        return at(path).stat?(path, false) ? nil : not_listed(path) unless stat # of a link to nothing, not every ls says the same
        return Result.lines([path]) unless stat.directory?

        names = at(path).children(path).sort
        Result.lines(words.join.include?("A") ? names : names.reject { |name| name.start_with?(".") })
      end

      # As GNU's program says it; busybox's has another exit code, and is told by where the name leads.
      def not_listed(path)
        program = @target.search_path.map { |folder| File.join(folder, "ls") }.find { |name| @target.root.executable?(name) }
        return Result.new("", "ls: #{path}: No such file or directory\n", 1) if program && @target.root.real_path(program).end_with?("/busybox")

        Result.new("", "ls: cannot access '#{path}': No such file or directory\n", 2)
      end

      # stat -c FORMAT PATH, of the plain fields
      def stat(words)
        flag, format, path = words
        return nil unless words.size == 3 && %w[-c --format].include?(flag) && path.start_with?("/") && format.match?(/\A(?:[^%\\]|%[augUGsn])*\z/)

        entry = at(path).stat(path, false)
        fields = { "a" => (entry.mode & 0o7777).to_s(8), "u" => entry.uid, "g" => entry.gid, "s" => entry.size, "n" => path,
                   "U" => @accounts.user_name(entry.uid) || "UNKNOWN", "G" => @accounts.group_name(entry.gid) || "UNKNOWN" }
        Result.lines([format.gsub(/%(.)/) { fields.fetch(Regexp.last_match(1)).to_s }])
      end

      def readlink(words)
        return nil unless words.size == 2 && words[0] == "-f" && words[1].start_with?("/")

        Result.lines([at(words[1]).real_path(words[1])])
      end

      # find PATH [-maxdepth N] [-type X] [-name PATTERN]
      def find(words)
        path = words.shift
        return nil unless path&.start_with?("/")

        options = {}
        while (flag = words.shift)
          return nil unless %w[-maxdepth -type -name].include?(flag) && !options.key?(flag) && (options[flag] = words.shift)
        end
        return nil unless options.fetch("-type", "f").match?(/\A[fdlbcps]\z/) && options.fetch("-maxdepth", "0").match?(/\A\d+\z/)
        return nil if options.fetch("-name", "").include?("[") # classes that Ruby does not know

        found = []
        walk(path, at(path).stat(path, false), options["-maxdepth"]&.to_i) { |name, stat| found << name if wanted?(name, stat, options) }
        Result.lines(found)
      end

      def wanted?(name, stat, options)
        (options["-type"].nil? || LETTERS[stat.ftype] == options["-type"]) &&
          (options["-name"].nil? || File.fnmatch(options["-name"], File.basename(name), File::FNM_DOTMATCH))
      end

      # What an entry is, its folder tells: a file that the runtime has mounted is one in every container. `levels`: how deep
      # to look; nil: to the end.
      def walk(path, stat, levels, &block)
        yield path, stat
        return unless stat.directory? && levels != 0 && !RUNTIME.include?(path)

        entries(path).each { |name, entry| walk(File.join(path, name), entry, levels && levels - 1, &block) }
      end

      def entries(path)
        at(path).open(path, false) { |node| node.children.map { |name| [name, File.lstat("#{node.handle}/#{name}")] } }
      end
    end
  end
end
