# frozen_string_literal: true

module SidecarScan
  # /proc/PID/mounts, printed as mount(8) does.
  class MountTable
    Entry = Struct.new(:source, :folder, :type, :options)

    def initialize(text)
      @entries = text.lines.map do |line|
        Entry.new(*line.split(" ").first(4).map { |field| field.gsub(/\\(\d{3})/) { Regexp.last_match(1).oct.chr } })
      end
    end

    def lines(entries = @entries)
      entries.map { |entry| "#{entry.source} on #{entry.folder} type #{entry.type} (#{entry.options})\n" }
    end

    # The mount that a path lies on: the last of the longest
    def holding(path)
      @entries.select { |entry| "#{path}/".start_with?("#{entry.folder.chomp("/")}/") }.max_by.with_index { |entry, index| [entry.folder.length, index] }
    end

    # Lines that `mount | grep -- ' on FOLDER '` prints.
    def at(folder)
      lines.select { |line| line.include?(" on #{folder} ") }
    end
  end
end
