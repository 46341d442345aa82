# frozen_string_literal: true

require_relative "../honesty"
require_relative "../result"

module SidecarScan
  module Packages
    # Alpine's /lib/apk/db/installed
    class Apk
      DATABASES = %w[/lib/apk/db/installed /usr/lib/apk/db/installed].freeze

      def initialize(root)
        @root = root
      end

      # apk info [-v | -vv] [--no-network], apk list --installed, apk info -e NAME
      def query(words)
        command = words.first
        flags = words.drop(1) - %w[--no-network]
        return info(flags) if command == "info"
        return Result.lines(packages.map { |package| listed(package) }) if command == "list" && [%w[--installed], %w[-I]].include?(flags) && packages

        nil
      end

      private

      def info(flags)
        return nil unless packages
        return exists(flags[1]) if flags.size == 2 && %w[-e --installed].include?(flags[0])

        case flags
        when [] then Result.lines(packages.map { |package| package["P"] })
        when %w[-v] then Result.lines(packages.map { |package| "#{package["P"]}-#{package["V"]}" })
        when %w[-vv] then Result.lines(packages.map { |package| "#{package["P"]}-#{package["V"]} - #{package["T"]}" })
        end
      end

      def exists(name)
        packages.any? { |package| package["P"] == name } ? Result.lines([name]) : Result.status(false)
      end

      def listed(package)
        "#{package["P"]}-#{package["V"]} #{package["A"]} {#{package["o"] || package["P"]}} (#{package["L"]}) [installed]"
      end

      def packages
        @packages ||= begin
          text = DATABASES.map { |path| @root.text?(path) }.compact.first.to_s
          list = text.split(/\n\n+/).map { |block| block.lines.map { |line| line.chomp.split(":", 2) }.select { |pair| pair.size == 2 }.to_h }
          list = list.select { |package| package["P"] }.sort_by { |package| package["P"] }
          list.empty? ? Honesty.unavailable!("packages: the apk database is missing or empty, which proves no package absent") : list
        end
      rescue Errno::EACCES, Errno::EPERM => e
        Honesty.unavailable!("packages: the apk database: #{e.class.name.split("::").last}")
      end
    end
  end
end
