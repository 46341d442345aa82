# frozen_string_literal: true

require_relative "../honesty"

module SidecarScan
  # May a user of the target read, write or execute a path? Told from modes and owners, because `su` needs rights
  # the scanner does not have.
  class Access
    BITS = { "r" => 4, "w" => 2, "x" => 1 }.freeze

    def initialize(root, accounts)
      @root = root
      @accounts = accounts
    end

    # nil when there is no such user
    def allowed?(flag, path, user)
      row = @accounts.user(user) or return nil

      ids = [row[2].to_i, @accounts.group_ids(row).map(&:to_i)]
      real = @root.real_path(path)
      folders(real).all? { |folder| granted?(@root.stat(folder), 1, ids, folder) } && granted?(@root.stat(real), BITS.fetch(flag), ids, real)
    rescue *Root::ABSENT
      false
    end

    private

    def folders(path)
      parts = path.split("/").reject(&:empty?)[0...-1]
      [""].concat(parts).each_with_object([]) { |part, list| list << File.join(list.last || "/", part) }
    end

    def granted?(stat, bit, ids, path)
      uid, gids = ids
      return bit != 1 || stat.directory? || (stat.mode & 0o111) != 0 if uid.zero?

      plain!(path)
      ((stat.mode >> shift(stat, uid, gids)) & bit) != 0
    end

    # The bits of a mode that count for this user: those of the owner, the group or others
    def shift(stat, uid, gids)
      return 6 if stat.uid == uid

      gids.include?(stat.gid) ? 3 : 0
    end

    # An access control list says more than the mode.
    def plain!(path)
      list = @root.open(path) { |node| node.attribute("system.posix_acl_access") }
      Honesty.unavailable!("who may use #{path}: it has an access control list") if list
    rescue Errno::ENOSYS
      nil
    end
  end
end
