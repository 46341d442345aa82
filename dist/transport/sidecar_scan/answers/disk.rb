# frozen_string_literal: true

require_relative "../result"
require_relative "../files/root"
require_relative "../syscalls"

module SidecarScan
  module Answers
    # df of one path: chroot leaves it no mount table to read.
    class Disk
      FLAGS = %w[-P -T -PT -TP -k -Pk].freeze

      def initialize(target)
        @target = target
      end

      def call(words)
        return nil unless words[0] == "df"

        flags, paths = words.drop(1).partition { |word| word.start_with?("-") }
        return nil unless paths.size == 1 && paths[0].start_with?("/") && (flags - FLAGS).empty?

        table(paths[0], flags.join.include?("T"))
      end

      private

      def table(path, type)
        @target.root.open(path) do |node|
          mount = @target.mounts.holding(node.path) or return nil
          return Result.lines([header(type), row(mount, Syscalls.file_system(node.handle), type)])
        end
      rescue *Root::ABSENT
        Result.new("", "df: #{path}: No such file or directory\n", 1)
      end

      def header(type)
        "Filesystem #{"Type " if type}1024-blocks Used Available Capacity Mounted on"
      end

      def row(mount, sizes, type)
        block, blocks, free, available = sizes
        used = blocks - free
        share = (used + available).zero? ? "-" : "#{(100.0 * used / (used + available)).ceil}%"
        numbers = [blocks, used, available].map { |count| count * block / 1024 }
        [mount.source, type ? mount.type : nil, *numbers, share, mount.folder].compact.join(" ")
      end
    end
  end
end
