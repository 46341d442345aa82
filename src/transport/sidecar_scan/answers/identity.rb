# frozen_string_literal: true

require_relative "../result"

module SidecarScan
  module Answers
    # id, whoami, getent, from the target's own account files.
    class Identity
      DATABASES = { "passwd" => "/etc/passwd", "group" => "/etc/group", "shadow" => "/etc/shadow" }.freeze

      def initialize(target, accounts)
        @target = target
        @root = target.root
        @accounts = accounts
      end

      def call(words)
        case words
        when ["whoami"], %w[id -un] then user_name
        when ["id"] then own_id
        when %w[id -u] then Result.new("#{@target.user_id}\n")
        when %w[id -g] then Result.new("#{@target.group_id}\n")
        else named(words)
        end
      end

      # The list InSpec's `users` starts from
      def user_list
        Result.lines(@accounts.users.map(&:first))
      end

      private

      def named(words)
        return id(words[1]) if words.size == 2 && words[0] == "id" && !words[1].start_with?("-")
        return getent(words[1], words[2]) if File.basename(words[0]) == "getent" && words.size.between?(2, 3) && DATABASES.key?(words[1])

        nil
      end

      def user_name
        name = @accounts.user_name(@target.user_id)
        name ? Result.new("#{name}\n") : Result.new("", "whoami: cannot find name for user ID #{@target.user_id}\n", 1)
      end

      def own_id
        row = @accounts.users.find { |user| user[2] == @target.user_id.to_s }
        Result.new(row ? id_line(row) : "uid=#{@target.user_id} gid=#{@target.group_id}\n")
      end

      def id(name)
        row = @accounts.user(name) || @accounts.users.find { |user| user[2] == name }
        row ? Result.new(id_line(row)) : Result.new("", "id: '#{name}': no such user\n", 1)
      end

      def id_line(row)
        groups = @accounts.group_ids(row).map { |gid| numbered(gid, @accounts.group_name(gid)) }
        "uid=#{numbered(row[2], row[0])} gid=#{numbered(row[3], @accounts.group_name(row[3]))} groups=#{groups.join(",")}\n"
      end

      def numbered(number, name)
        name ? "#{number}(#{name})" : number.to_s
      end

      def getent(database, key)
        text = @root.text?(DATABASES.fetch(database)) or return Result.new("", "", 2)
        found = text.lines.map(&:chomp).reject(&:empty?)
        found = found.select { |line| match?(line, key, database) } if key
        found.empty? ? Result.new("", "", 2) : Result.lines(found)
      end

      def match?(line, key, database)
        fields = line.split(":")
        fields[0] == key || (database != "shadow" && fields[2] == key)
      end
    end
  end
end
