# frozen_string_literal: true

require_relative "../honesty"
require_relative "../result"
require_relative "../files/root"

module SidecarScan
  module Packages
    # /var/lib/dpkg/status and, in distroless images, one file a package in status.d.
    class Dpkg
      WANT = { "install" => "i", "deinstall" => "r", "hold" => "h", "purge" => "p" }.freeze
      STATE = {
        "installed" => "i", "config-files" => "c", "half-installed" => "H", "unpacked" => "U", "half-configured" => "F",
        "not-installed" => "n", "triggers-pending" => "t", "triggers-awaited" => "W"
      }.freeze
      LIST = %w[db:Status-Abbrev Package Version Architecture].freeze

      def initialize(root)
        @root = root
      end

      # dpkg -s NAME[:ARCH]
      def status(wanted)
        name, architecture = wanted.split(":", 2)
        found = stanzas or return nil
        stanza = found.find { |text| field(text, "Package") == name && fits?(text, architecture) }
        return Result.new("#{stanza}\n") if stanza

        Result.new("", "dpkg-query: package '#{wanted}' is not installed and no information is available\n", 1)
      end

      # dpkg-query -W [-f FORMAT]: all packages; other forms are not answered.
      def query(words)
        format = query_format(words) or return nil
        found = stanzas or return nil
        rows = found.map { |stanza| [field(stanza, "Package"), fill(format, stanza)] }
        return nil if rows.any? { |_name, text| text.nil? }

        Result.new(rows.sort_by(&:first).map(&:last).join)
      end

      private

      def query_format(words)
        return nil unless ["-W", "--show"].include?(words[0])
        return "${Package}\t${Version}\n" if words.size == 1
        return words[1].sub(/\A(?:-f=?|--showformat=)/, "") if words.size == 2 && words[1].match?(/\A(?:-f|--showformat=)/)

        nil
      end

      # nil when the format asks for more than the status file's own fields
      def fill(format, stanza)
        unknown = false
        text = format.gsub("\\n", "\n").gsub("\\t", "\t").gsub(/\$\{([^}]*)\}/) do
          name = Regexp.last_match(1)
          next abbreviation(stanza) if name == "db:Status-Abbrev"
          next status_word(stanza, 2) if name == "db:Status-Status"

          unknown = true unless name.match?(/\A[A-Z][A-Za-z-]*\z/) && name != "Conffiles"
          field(stanza, name)
        end
        unknown ? nil : text
      end

      def fits?(stanza, architecture)
        architecture.nil? || [architecture, "all"].include?(field(stanza, "Architecture"))
      end

      def abbreviation(stanza)
        "#{WANT[status_word(stanza, 0)] || "u"}#{STATE[status_word(stanza, 2)] || "n"} "
      end

      def status_word(stanza, index)
        field(stanza, "Status").split[index].to_s
      end

      def field(stanza, name)
        stanza[/^#{Regexp.escape(name)}:[ \t]*(.*)$/i, 1].to_s.strip
      end

      def stanzas
        @stanzas ||= begin
          list = split(@root.text?("/var/lib/dpkg/status").to_s) + distroless
          list = list.select { |text| text.match?(/^Package:/) }
          list.empty? ? Honesty.unavailable!("packages: the dpkg database is missing or empty, which proves no package absent") : list
        end
      rescue Errno::EACCES, Errno::EPERM => e
        Honesty.unavailable!("packages: the dpkg database: #{e.class.name.split("::").last}")
      end

      def split(text)
        text.split(/\n\n+/)
      end

      def distroless
        names = @root.children("/var/lib/dpkg/status.d").reject { |name| name.end_with?(".md5sums") }.sort
        names.flat_map { |name| split(@root.text?("/var/lib/dpkg/status.d/#{name}").to_s.strip) }.map do |text|
          text.match?(/^Status:/) ? text : text.sub(/^(Package:.*)$/, "\\1\nStatus: install ok installed")
        end
      rescue *Root::ABSENT
        []
      end
    end
  end
end
