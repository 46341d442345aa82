# frozen_string_literal: true

require_relative "../result"

module SidecarScan
  module Answers
    # id, whoami, getent, from the target's own account files.
    class Identity
      # Field of a row of /etc/shadow
      AGES = {
        "Last password change" => 2, "Minimum number of days between password change" => 3,
        "Maximum number of days between password change" => 4, "Number of days of warning before password expires" => 5
      }.freeze
      DATABASES = { "passwd" => "/etc/passwd", "group" => "/etc/group", "shadow" => "/etc/shadow" }.freeze

      def initialize(target, accounts)
        @target = target
        @root = target.root
        @accounts = accounts
      end

      def call(words)
        own(words) || named(words)
      end

      # As whom the target runs; nil for any other question
      def own(words)
        case words
        when ["whoami"], %w[id -un] then user_name
        when ["id"] then own_id
        when %w[id -u] then Result.new("#{@target.user_id}\n")
        when %w[id -g] then Result.new("#{@target.group_id}\n")
        when %w[id -gn] then Result.new("#{@accounts.group_name(@target.group_id) || @target.group_id}\n")
        when %w[id -G] then Result.new("#{own_groups.join(" ")}\n")
        when %w[id -Gn] then Result.new("#{own_groups.map { |gid| @accounts.group_name(gid) || gid }.join(" ")}\n")
        end
      end

      # The list InSpec's `users` starts from
      def user_list
        Result.lines(@accounts.users.map(&:first))
      end

      # Failed logins: `lastb -w -a | grep NAME | wc -l`. nil where a log would have to be read.
      def failed_logins
        log = @root.stat?("/var/log/btmp")
        log.nil? || log.size.zero? ? Result.new("0\n") : nil
      end

      private

      def named(words)
        return ages(words[2]) if words.size == 3 && words[0, 2] == %w[chage -l]
        return id(words[1]) if words.size == 2 && words[0] == "id" && !words[1].start_with?("-")
        return getent(words[1], words[2]) if File.basename(words[0]) == "getent" && words.size.between?(2, 3) && DATABASES.key?(words[1])

        nil
      end

      # chage -l NAME, from /etc/shadow
      def ages(name)
        text = @root.text?("/etc/shadow") or return Result.new("", "chage: cannot open /etc/shadow\n", 15)
        row = text.lines.map { |line| line.chomp.split(":", -1) }.find { |fields| fields[0] == name }
        row ||= @accounts.user(name) ? [] : (return Result.new("", "chage: user '#{name}' does not exist in /etc/passwd\n", 1))
        Result.new(AGES.map { |label, index| format("%-56s: %s\n", label, age(row, index)) }.join)
      end

      def age(row, index)
        value = row[index].to_s
        return value.empty? ? -1 : value.to_i unless index == 2
        return "never" if value.empty?

        value == "0" ? "password must be changed" : (Time.at(0).utc + value.to_i * 86_400).strftime("%b %d, %Y")
      end

      def user_name
        name = @accounts.user_name(@target.user_id)
        name ? Result.new("#{name}\n") : Result.new("", "whoami: cannot find name for user ID #{@target.user_id}\n", 1)
      end

      def own_id
        uid = @target.user_id
        gid = @target.group_id
        groups = own_groups.map { |number| numbered(number, @accounts.group_name(number)) }
        Result.new("uid=#{numbered(uid, @accounts.user_name(uid))} gid=#{numbered(gid, @accounts.group_name(gid))} groups=#{groups.join(",")}\n")
      end

      def own_groups
        ([@target.group_id] + @target.group_ids.to_a).uniq
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
