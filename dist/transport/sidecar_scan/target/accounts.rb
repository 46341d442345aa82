# frozen_string_literal: true

module SidecarScan
  # The target's /etc/passwd and /etc/group
  class Accounts
    def initialize(root)
      @root = root
    end

    # Rows of name, password, UID, GID, comment, home, shell
    def users
      @users ||= rows("/etc/passwd", 7)
    end

    # Rows of name, password, GID, members
    def groups
      @groups ||= rows("/etc/group", 3)
    end

    def user(name)
      users.find { |row| row[0] == name }
    end

    def user_name(uid)
      row = users.find { |item| item[2] == uid.to_s }
      row && row[0].dup
    end

    def group_name(gid)
      row = groups.find { |item| item[2] == gid.to_s }
      row && row[0].dup
    end

    # GIDs of a user: the own one first
    def group_ids(row)
      extra = groups.select { |group| group[3].to_s.split(",").include?(row[0]) }.map { |group| group[2] }
      ([row[3]] + extra).uniq
    end

    private

    def rows(file, fields)
      lines = @root.text?(file).to_s.lines
      lines.map { |line| line.chomp.split(":", -1) }.select { |row| row.size >= fields && !row[0].start_with?("#") }
    end
  end
end
