# frozen_string_literal: true

require_relative "../honesty"
require_relative "../files/root"
require_relative "berkeley"
require_relative "ndb"
require_relative "rpm_header"
require_relative "sqlite_table"

module SidecarScan
  module Packages
    # The installed packages of an rpm-based root, from whichever of rpm's three database formats it has.
    class RpmDatabase
      FOLDERS = %w[/var/lib/rpm /usr/lib/sysimage/rpm].freeze
      FILES = %w[rpmdb.sqlite Packages.db Packages].freeze
      LIMIT = 512 << 20
      # Public keys are kept as if they were packages.
      KEYS = "gpg-pubkey"

      def initialize(root)
        @root = root
      end

      # RpmHeader of each package; Unavailable where the database proves nothing.
      def headers(folder = nil)
        @headers ||= {}
        @headers[folder] ||= read(folder)
      end

      private

      def read(folder)
        path = (folder ? [folder] : FOLDERS).product(FILES).map { |parts| parts.join("/") }.find { |file| @root.stat?(file) }
        return empty if path.nil?

        list = blobs(path).map { |blob| RpmHeader.new(blob) }
        list.reject { |header| header["NAME"] == KEYS }.empty? ? empty : list
      rescue Errno::EACCES, Errno::EPERM => e
        Honesty.unavailable!("packages: the rpm database: #{e.class.name.split("::").last}")
      rescue SqliteTable::Damaged, Ndb::Damaged, Berkeley::Damaged, ArgumentError, NoMethodError, TypeError => e
        Honesty.unavailable!("packages: the rpm database #{path} cannot be read: #{e.message}")
      end

      def blobs(path)
        bytes = @root.read(path, LIMIT)
        return SqliteTable.new(bytes, log(path)).rows("Packages").map(&:last) if SqliteTable.sqlite?(bytes)
        return Ndb.blobs(bytes) if Ndb.ndb?(bytes)
        return Berkeley.new(bytes).blobs if Berkeley.berkeley?(bytes)

        raise SqliteTable::Damaged, "unknown format"
      end

      def log(path)
        @root.read("#{path}-wal", LIMIT)
      rescue *Root::ABSENT
        nil
      end

      def empty
        Honesty.unavailable!("packages: the rpm database is missing or empty, which proves no package absent")
      end
    end
  end
end
