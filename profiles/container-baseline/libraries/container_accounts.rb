# frozen_string_literal: true

require 'container_check'

# Accounts, groups and passwords of the image, read from /etc/passwd, /etc/group and /etc/shadow.
class ContainerAccounts < ContainerCheck
  name 'container_accounts'
  desc 'Asks one question about the accounts of an image'
  example <<~EXAMPLE
    describe container_accounts('accounts_with_uid_0') do
      it { should have_no_findings }
    end
  EXAMPLE

  NO_LOGIN = %w[nologin false true sync halt shutdown git-shell].freeze
  NO_PASSWORD = /\A[!*]|\Ax\z/.freeze
  SYSTEM_UIDS = [*1..999, 65_534].freeze

  def accounts_with_uid_0
    passwd.select { |row| row[2] == '0' && row[0] != 'root' }.map { |row| "#{row[0]} has UID 0" }
  end

  def duplicate_accounts
    repeated(passwd, 0, 'account name') + repeated(passwd, 2, 'UID')
  end

  def duplicate_groups
    repeated(group, 0, 'group name') + repeated(group, 2, 'GID')
  end

  def inconsistent_accounts
    malformed('/etc/passwd', 7) + malformed('/etc/group', 4) + missing_groups + unknown_members + unmatched_shadow
  end

  def system_accounts_with_a_login_shell
    suspects = passwd.select { |row| SYSTEM_UIDS.include?(row[2].to_i) && !option(:allowed).include?(row[0]) }
    suspects.filter_map do |row|
      shell = row[6].to_s.empty? ? '/bin/sh' : row[6]
      next if NO_LOGIN.include?(File.basename(shell)) || !@image.exist?(shell)

      "#{row[0]} (UID #{row[2]}) may log in with #{shell}"
    end
  end

  def accounts_with_an_empty_password
    passwd.select { |row| row[1] == '' }.map { |row| "#{row[0]} has an empty password in /etc/passwd" } +
      shadow_rows('/etc/shadow').select { |row| row[1] == '' }.map { |row| "#{row[0]} has an empty password in /etc/shadow" }
  end

  def accounts_with_a_password_hash
    rows = passwd.map { |row| [row[0], row[1], '/etc/passwd'] }
    rows += %w[/etc/shadow /etc/gshadow].flat_map { |file| shadow_rows(file).map { |row| [row[0], row[1], file] } }
    rows.filter_map do |name, hash, file|
      next if option(:allowed).include?(name) || hash.to_s.empty? || hash.match?(NO_PASSWORD)

      "#{name} has a password hash in #{file}"
    end
  end

  def account_file_modes
    files = %w[/etc/passwd /etc/group].filter_map { |path| @image.stat(path) }
    not_applicable!('The image has no /etc/passwd and no /etc/group') if files.empty?
    files.flat_map { |file| wider_than(file, 0o644, [0]) }
  end

  def shadow_file_modes
    files = %w[/etc/shadow /etc/gshadow /etc/shadow- /etc/gshadow-].filter_map { |path| @image.stat(path) }
    not_applicable!('The image has no /etc/shadow and no /etc/gshadow') if files.empty?
    shadow_gid = (rows('/etc/group') || []).find { |row| row[0] == 'shadow' }&.at(2)
    files.flat_map { |file| wider_than(file, 0o640, [0, shadow_gid&.to_i].compact) }
  end

  def home_folders
    homes = passwd.select { |row| row[2] == '0' || (row[2].to_i >= 1000 && row[2].to_i != 65_534) }
    found = homes.filter_map { |row| (home = @image.stat(row[5].to_s)) && home.directory? && row[5] != '/' && [row, home] }
    not_applicable!('No account of the image has a home folder in it') if found.empty?
    found.flat_map { |row, home| home_faults(row, home) }
  end

  private

  def home_faults(row, home)
    faults = []
    faults << "#{home.path} of #{row[0]} is owned by UID #{home.uid}" unless [0, row[2].to_i].include?(home.uid)
    faults << "#{home.path} of #{row[0]} has mode #{home.octal}: others may write" if home.mode.anybits?(0o022)
    faults << "#{home.path} of root has mode #{home.octal}: others may read" if row[2] == '0' && home.mode.anybits?(0o005)
    faults
  end

  def passwd
    rows('/etc/passwd') || not_applicable!('The image has no /etc/passwd')
  end

  def group
    rows('/etc/group') || not_applicable!('The image has no /etc/group')
  end

  # Rows of a shadow file; none when it is absent, a noted gap when it may not be read.
  def shadow_rows(path)
    rows(path) || []
  rescue Inspec::Exceptions::ResourceSkipped
    @unknown << "#{path} may not be read"
    []
  end

  def rows(path)
    @image.lines(path)&.reject { |line| line.strip.empty? || line.start_with?('#') }&.map { |line| line.split(':', -1) }
  end

  def repeated(rows, field, what)
    rows.group_by { |row| row[field] }.select { |_, same| same.size > 1 }
        .map { |value, same| "#{what} #{value} is used #{same.size} times (#{same.map(&:first).join(', ')})" }
  end

  def malformed(path, fields)
    list = path == '/etc/passwd' ? passwd : rows(path) || []
    list.filter_map do |row|
      next "#{path} has a legacy entry #{row[0]}" if row[0].start_with?('+', '-')

      "#{path} entry #{row[0]} has #{row.size} fields instead of #{fields}" unless row.size == fields
    end
  end

  def missing_groups
    groups = rows('/etc/group') or return []
    known = groups.map { |row| row[2] }
    passwd.select { |row| row.size == 7 }.reject { |row| known.include?(row[3]) }
          .map { |row| "primary group #{row[3]} of #{row[0]} is not in /etc/group" }
  end

  def unknown_members
    known = passwd.map(&:first)
    (rows('/etc/group') || []).flat_map do |row|
      (row[3].to_s.split(',') - known).map { |member| "group #{row[0]} has the unknown member #{member}" }
    end
  end

  def unmatched_shadow
    shadow = shadow_rows('/etc/shadow').map(&:first)
    return [] if shadow.empty?

    names = passwd.map(&:first)
    (shadow - names).map { |name| "#{name} is in /etc/shadow but not in /etc/passwd" } +
      passwd.select { |row| row[1] == 'x' && !shadow.include?(row[0]) }
            .map { |row| "#{row[0]} is not in /etc/shadow" }
  end

  def wider_than(file, mode, groups)
    faults = []
    faults << "#{file.path} is owned by UID #{file.uid}" unless file.uid.zero?
    faults << "#{file.path} belongs to GID #{file.gid}" unless groups.include?(file.gid)
    faults << format('%s has mode %s, wider than %04o', file.path, file.octal, mode) if file.mode.anybits?(~mode & 0o7777)
    faults
  end
end
