# frozen_string_literal: true

require_relative "../files/root"

module SidecarScan
  module Answers
    # The configuration of kmod's modprobe (modprobe.d(5)), as that program reads it from an image.
    class ModprobeConfig
      FOLDERS = %w[/etc/modprobe.d /run/modprobe.d /usr/local/lib/modprobe.d /usr/lib/modprobe.d /lib/modprobe.d].freeze
      KINDS = %w[blacklist install remove alias options softdep].freeze
      # What the kernel's command line says of modules: NAME.PARAMETER[=VALUE]
      PARAMETER = /\A([^."=\s]+)\.([^."=\s]*(?:=\S*)?)\z/.freeze

      attr_reader :errors

      # `folders`: those that this version of modprobe reads. `kernel_line`: the kernel's command line.
      def initialize(root, folders, kernel_line)
        @root = root
        @errors = []
        @told = true
        @entries = KINDS.to_h { |kind| [kind, []] }
        files(folders).each { |path| parse(path) }
        kernel_line.delete("\n").split(/[ \t\v\f\r]/).each { |word| parameter(word) }
      end

      # Whether every version of modprobe reads the files alike
      def told?
        @told
      end

      # [name, value] in the order in which they stand; a blacklist has no values.
      def of(kind)
        @entries.fetch(kind)
      end

      def self.normalized(name)
        inside = false
        name.each_char.map do |char|
          raise ArgumentError, name if char == "]" && !inside

          inside = char == "[" || (inside && char != "]")
          char == "-" && !inside ? "_" : char
        end.join.tap { raise ArgumentError, name if inside }
      end

      private

      # By name; of several with one name that of the first folder counts.
      def files(folders)
        found = {}
        folders.each do |folder|
          next unless @root.stat?(folder)

          @root.children(folder).each { |name| found[name.b] ||= File.join(folder, name) if file?(folder, name) }
        end
        found.sort.map(&:last)
      end

      def file?(folder, name)
        return false if name.start_with?(".") || name.bytesize < 6 || !name.end_with?(".conf", ".alias")

        path = File.join(folder, name)
        stat = @root.stat?(path, false)
        stat = @root.stat?(path) if stat&.symlink? && !nothing?(path)
        !stat.nil? && !stat.directory?
      end

      def parse(path)
        number = 0
        text = content(path)
        @told = false if text.include?("\0") || text.match?(/(?<!\\)(?:\\\\)*\\\z/)
        lines(text).each do |line, length|
          number += length
          next if line.empty? || line.start_with?("#")

          word, rest = token(line)
          next if word.nil? || entry(word, rest)

          @errors << complaint(path, number, word)
        end
      end

      def complaint(path, number, word)
        return "#{path}: command #{word} is deprecated and not parsed anymore" if %w[include config].include?(word)

        "#{path} line #{number}: ignoring bad line starting with '#{word}'"
      end

      def content(path)
        @root.stat(path, false).symlink? && nothing?(path) ? "" : @root.read(path).b
      end

      # A link to /dev/null hides the files of that name that come later.
      def nothing?(path)
        @root.link_text(path) == "/dev/null"
      end

      # Lines, joined where a backslash stands at the end, and of how many each was made. Elsewhere a backslash is left out.
      def lines(text)
        text.scan(/\G((?:\\(?:.|\n|\z)|[^\\\n])*)(\n|\z)/mn).map do |line, _end|
          [line.gsub(/\\(\n|\z|.)/mn) { Regexp.last_match(1) == "\n" ? "" : Regexp.last_match(1) }, line.count("\n") + 1]
        end
      end

      # As strtok_r of C: the first word, and what stands behind the one character that ends it
      def token(text)
        found = /\A[\t ]*([^\t ]+)(?:[\t ](.*))?\z/mn.match(text.to_s)
        found ? [found[1], found[2]] : [nil, nil]
      end

      def entry(kind, text)
        return false unless KINDS.include?(kind)

        name, rest = token(text)
        return false if name.nil?

        value = kind == "alias" ? token(rest).first : rest
        return false if kind != "blacklist" && value.to_s.empty?

        add(kind, name, value)
        true
      rescue ArgumentError
        false
      end

      def add(kind, name, value)
        value = case kind
                when "blacklist" then nil
                when "alias" then self.class.normalized(value)
                when "options" then value.tr("\t", " ")
                when "softdep" then softdep(value)
                else value
                end
        @entries.fetch(kind) << [self.class.normalized(name), value]
      end

      # Without a space between them, as modprobe prints it
      def softdep(text)
        mode = nil
        found = { "pre:" => [], "post:" => [] }
        text.split(/[ \t\n\v\f\r]+/).each { |word| found.key?(word) ? mode = word : found[mode]&.push(word) }
        found.reject { |_mode, names| names.empty? }.map { |name, names| "#{name} #{names.join(" ")}" }.join
      end

      def parameter(word)
        found = PARAMETER.match(word) or return
        if found[1] == "modprobe" && found[2].start_with?("blacklist=")
          found[2].delete_prefix("blacklist=").split(",", -1).each { |name| @entries.fetch("blacklist") << [name, nil] }
        else
          add("options", found[1], found[2])
        end
      rescue ArgumentError
        nil
      end
    end
  end
end
