# frozen_string_literal: true

require_relative "../result"
require_relative "rpm_database"

module SidecarScan
  module Packages
    # rpm -q, -qi, -qa as InSpec and profiles ask them; other queries are not answered here.
    class Rpm
      DEFAULT_FORMAT = "%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}\\n"
      FORMATS = %w[--queryformat --qf].freeze

      def initialize(root)
        @database = RpmDatabase.new(root)
      end

      def query(words)
        options = parse(words) or return nil
        headers = @database.headers(options[:dbpath]) or return nil
        return all(headers, options) if options[:all]
        return nil if options[:names].empty?

        named(headers, options)
      end

      private

      # nil for anything but a plain query
      def parse(words)
        options = { names: [] }
        rest = words.dup
        while (word = rest.shift)
          case word
          when "-q", "--query" then options[:query] = true
          when "-qi", "-qa", "-qai", "-qia" then options.update(query: true, info: word.include?("i"), all: word.include?("a")) { |_k, a, b| a || b }
          when "-a", "--all" then options[:all] = true
          when "-i", "--info" then options[:info] = true
          when "--dbpath" then options[:dbpath] = rest.shift
          when *FORMATS then options[:format] = rest.shift
          when /\A(?:--qf|--queryformat)=/ then options[:format] = word.split("=", 2)[1]
          when /\A-/ then return nil
          else options[:names] << word
          end
        end
        options if options[:query] && answerable?(options[:format])
      end

      def answerable?(format)
        format.nil? || (format.scan(/%-?\d*\{([^}]*)\}/).flatten.all? { |tag| tags(tag) } && !format.include?("["))
      end

      def tags(tag)
        name = tag.upcase.delete_prefix("RPMTAG_")
        %w[NEVRA NVRA EVR NVR].include?(name) || RpmHeader::TAGS.key?(name) ? name : nil
      end

      def all(headers, options)
        list = options[:names].empty? ? headers : headers.select { |header| options[:names].any? { |glob| glob?(glob, header) } }
        Result.new(list.map { |header| show(header, options) }.join)
      end

      def glob?(glob, header)
        names(header).any? { |name| File.fnmatch(glob, name) }
      end

      def named(headers, options)
        missing = false
        text = options[:names].flat_map do |name|
          found = headers.select { |header| names(header).include?(name) }
          missing = true if found.empty?
          found.empty? ? ["package #{name} is not installed\n"] : found.map { |header| show(header, options) }
        end
        Result.new(text.join, "", missing ? 1 : 0)
      end

      # What rpm takes as this package's name
      def names(header)
        name, version, release, arch = %w[NAME VERSION RELEASE ARCH].map { |tag| header[tag] }
        [name, "#{name}.#{arch}", "#{name}-#{version}", "#{name}-#{version}-#{release}", "#{name}-#{version}-#{release}.#{arch}"]
      end

      def show(header, options)
        return info(header) if options[:info]

        format = options[:format] || DEFAULT_FORMAT
        format.gsub(/%-?(\d*)\{([^}]*)\}/) { value(header, tags(Regexp.last_match(2))) }.gsub("\\n", "\n").gsub("\\t", "\t")
      end

      def value(header, name)
        case name
        when "NVR" then %w[NAME VERSION RELEASE].map { |tag| header[tag] }.join("-")
        when "NVRA" then "#{value(header, "NVR")}.#{header["ARCH"]}"
        when "EVR" then "#{"#{header["EPOCH"]}:" if header["EPOCH"]}#{header["VERSION"]}-#{header["RELEASE"]}"
        when "NEVRA" then "#{header["NAME"]}-#{value(header, "EVR")}.#{header["ARCH"]}"
        else header[name] || "(none)"
        end
      end

      def info(header)
        fields = {
          "Name" => "NAME", "Epoch" => "EPOCH", "Version" => "VERSION", "Release" => "RELEASE", "Architecture" => "ARCH",
          "Group" => "GROUP", "Size" => "SIZE", "License" => "LICENSE", "Source RPM" => "SOURCERPM", "Build Host" => "BUILDHOST",
          "Vendor" => "VENDOR", "URL" => "URL", "Summary" => "SUMMARY"
        }
        lines = fields.map { |label, tag| header[tag] && format("%-12s: %s\n", label, header[tag]) }.compact
        "#{lines.join}Description :\n#{header["DESCRIPTION"]}\n"
      end
    end
  end
end
