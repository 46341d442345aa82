# frozen_string_literal: true

require 'container_check'

# Modes and owners over the whole tree of the image.
class ContainerFiles < ContainerCheck
  name 'container_files'
  desc 'Asks one question about modes and owners in an image'
  example <<~EXAMPLE
    describe container_files('world_writable_files', allowed: [], max_entries: 300_000) do
      it { should have_no_findings }
    end
  EXAMPLE

  PROGRAM_FOLDERS = %w[/bin /sbin /lib /lib32 /lib64 /usr/bin /usr/sbin /usr/lib /usr/lib32 /usr/lib64 /usr/libexec
                       /usr/local/bin /usr/local/sbin /usr/local/lib /usr/local/libexec].freeze
  SYSTEM_FOLDERS = %w[/ /boot /etc /etc/apt /etc/cron.d /etc/init.d /etc/ld.so.conf.d /etc/pam.d /etc/profile.d
                      /etc/ssl /etc/ssl/certs /etc/sudoers.d /home /opt /root /run /srv /usr /usr/local /usr/share
                      /var /var/lib].freeze + PROGRAM_FOLDERS
  PROGRAM_NAMES = /\.(?:class|cgi|jar|js|mjs|php|pl|py|rb|sh|so|war)\z|\.so\./.freeze

  def world_writable_files
    entries { |e| e.file? && e.mode.anybits?(0o002) && !allowed?(e.path, option(:allowed)) }
      .map { |e| "#{e.path} has mode #{e.octal}" }
  end

  def world_writable_folders_without_sticky_bit
    entries { |e| e.directory? && e.mode.anybits?(0o002) && e.mode.nobits?(0o1000) && !allowed?(e.path, option(:allowed)) }
      .map { |e| "#{e.path} has mode #{e.octal}" }
  end

  # Lists are compared without a leading /usr, so they hold on merged and unmerged trees.
  def setuid_and_setgid_programs
    known = option(:allowed).map { |path| path.delete_prefix('/usr') }
    entries { |e| e.file? && e.mode.anybits?(0o6000) && !known.include?(e.path.delete_prefix('/usr')) }
      .map { |e| "#{e.path} has mode #{e.octal} and owner #{e.uid}:#{e.gid}" }
  end

  def files_without_an_owner
    users = ids('/etc/passwd')
    groups = ids('/etc/group')
    not_applicable!('The image has no /etc/passwd and no /etc/group to name owners') if users.nil? && groups.nil?
    entries.filter_map do |e|
      next if allowed?(e.path, option(:allowed))

      stray = []
      stray << "UID #{e.uid}" if users && !users.include?(e.uid)
      stray << "GID #{e.gid}" if groups && !groups.include?(e.gid)
      "#{e.path} belongs to #{stray.join(' and ')}, which has no name" if stray.any?
    end
  end

  def system_folders
    entries(within: [])
    hidden = @image.tree(option(:max_entries)).denied.select { |closed| SYSTEM_FOLDERS.any? { |path| path.start_with?("#{closed}/") } }
    @unknown << "what lies in #{hidden.join(', ')} may not be read" if hidden.any?
    SYSTEM_FOLDERS.filter_map do |path|
      entry = path == '/' ? @image.stat('/') : by_path[path]
      fault = unsafe(entry) if entry&.directory?
      "#{path}: #{fault}" if fault
    end
  end

  def system_programs
    programs = entries(within: PROGRAM_FOLDERS) { |e| e.file? && PROGRAM_FOLDERS.any? { |folder| e.under?(folder) } }
    not_applicable!('The image has no files in the system\'s program folders') if programs.empty?
    faults(programs, [0])
  end

  def application_programs
    owners = option(:owners).map { |owner| uid_of(owner) }.compact
    programs = entries(within: option(:paths)) do |e|
      e.file? && (e.executable? || e.name.match?(PROGRAM_NAMES)) && application?(e)
    end
    not_applicable!("The image has no programs in #{option(:paths).join(', ')}") if programs.empty?
    faults(programs, owners)
  end

  def temporary_folders
    entries(within: []) # their own entries are seen unless /var is closed
    @image.stat('/var/tmp')
    folders = %w[/tmp /var/tmp].filter_map { |path| by_path[path] }.select(&:directory?)
    not_applicable!('The image has no /tmp and no /var/tmp of its own') if folders.empty?
    folders.reject { |e| e.uid.zero? && e.mode == 0o1777 }
           .map { |e| "#{e.path} has mode #{e.octal} and owner UID #{e.uid} instead of 1777 and 0" }
  end

  def device_files
    entries { |e| %i[block_device character_device].include?(e.type) && !whiteout?(e) }
      .map { |e| "#{e.path} is a #{e.type.to_s.tr('_', ' ')}" }
  end

  private

  # A layered file system marks a deleted file by a character device 0:0 without any mode.
  def whiteout?(entry)
    entry.type == :character_device && entry.mode.zero?
  end

  # A file is as safe as the folder it lies in: who may write there may put another in its place.
  def faults(programs, owners)
    folders = programs.map { |e| by_path[File.dirname(e.path)] }.compact.uniq.reject { |e| e.mode.anybits?(0o1000) }
    (folders + programs).filter_map do |e|
      fault = unsafe(e, owners)
      "#{e.path}: #{fault}" if fault
    end
  end

  def application?(entry)
    option(:paths).any? do |path|
      path == '/' ? entry.path.count('/') == 1 : entry.under?(path)
    end
  end

  def uid_of(owner)
    return owner.to_i if owner.to_s.match?(/\A\d+\z/)
    return 0 if owner == 'root'

    (@image.lines('/etc/passwd') || []).map { |line| line.split(':') }.find { |row| row[0] == owner }&.at(2)&.to_i
  end

  def ids(path)
    @image.lines(path)&.filter_map { |line| line.split(':')[2]&.to_i }&.push(0)
  end
end
