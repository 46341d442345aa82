# frozen_string_literal: true

require 'digest'
require 'container_check'

# Whether what is installed is what the distribution's packages brought, and where more would come from.
class ContainerPackages < ContainerCheck
  name 'container_packages'
  desc 'Asks one question about the packages of an image'
  example <<~EXAMPLE
    describe container_packages('package_database') do
      it { should have_no_findings }
    end
  EXAMPLE

  STATUS = '/var/lib/dpkg/status'
  APK = %w[/lib/apk/db/installed /usr/lib/apk/db/installed].freeze
  RPM = %w[/var/lib/rpm /usr/lib/sysimage/rpm].product(%w[rpmdb.sqlite Packages Packages.db]).map { |parts| parts.join('/') }.freeze
  PROGRAMS = %r{\A(?:usr/)?(?:s?bin|lib(?:32|64|exec)?)/}.freeze
  SETTLED = /\A\S+ ok (?:installed|config-files)\z/.freeze
  SQLITE = "SQLite format 3\0".b.freeze

  def package_database
    entries(within: %w[/var/lib/dpkg])
    databases = [dpkg_faults, apk_faults, rpm_faults].compact
    not_applicable!('The image has no package database') if databases.empty?
    databases.flatten
  end

  # Contents against the digests the packages brought. Files that are gone are not findings: slim images drop some.
  def changed_programs
    entries(within: %w[/bin /sbin /lib /lib32 /lib64 /usr/bin /usr/sbin /usr/lib /usr/libexec])
    recorded = dpkg_digests + apk_digests
    if recorded.empty?
      return rpm_changes if RPM.any? { |path| @image.exist?(path) }

      not_applicable!('The image has no package database with digests')
    end
    recorded.filter_map { |path, digest, kind| changed(path, digest, kind) }
  end

  def package_sources
    sources = entries(within: %w[/etc/apt /etc/apk /etc/dnf /etc/yum.repos.d /etc/zypp]) { |e| e.file? && source?(e.path) }
    not_applicable!('The image has no package sources configured') if sources.empty?
    sources.flat_map { |e| source_faults(e.path) } + keyless_apk
  end

  private

  def dpkg_faults
    text = @image.read(STATUS)
    parts = by_path.keys.select { |path| path.start_with?("#{STATUS}.d/") && !path.end_with?('.md5sums') }
    return nil if text.nil? && parts.empty?

    named = parts.reject { |path| @image.read(path).to_s.match?(/^Package: \S/) }.map { |path| "#{path} names no package" }
    return named if text.nil? || (text.strip.empty? && parts.any?)

    blocks = text.split(/\n\n+/).reject { |block| block.strip.empty? }
    return named << "#{STATUS} is empty" if blocks.empty?

    named + blocks.filter_map do |block|
      state = block[/^Status: (.*)$/, 1].to_s
      "package #{block[/^Package: (.*)$/, 1] || '(no name)'} is in state \"#{state}\"" unless state.match?(SETTLED)
    end
  end

  def apk_faults
    path = APK.find { |file| @image.exist?(file) } or return nil
    blocks = apk_blocks(path)
    return ["#{path} is empty"] if blocks.empty?

    blocks.reject { |block| block.match?(/^P:\S/) && block.match?(/^V:\S/) }.map { |block| "#{path} has an entry without name or version: #{block[0, 40].inspect}" }
  end

  def apk_blocks(path)
    @image.read(path).split(/\n\n+/).reject { |block| block.strip.empty? }
  end

  def rpm_faults
    file = RPM.filter_map { |path| @image.stat(path) }.first or return nil
    return ["#{file.path} is empty"] if file.size.zero?
    return [] unless file.path.end_with?('.sqlite')

    head = @image.bytes(file.path, 100) or @image.unknown!("#{file.path} may not be read")
    return ["#{file.path} is not an SQLite database"] unless head.start_with?(SQLITE)

    page = head[16, 2].unpack1('n')
    page = 65_536 if page == 1
    whole = head[28, 4].unpack1('N') * page
    file.size < whole ? ["#{file.path} is cut off: #{file.size} of #{whole} bytes"] : []
  end

  def dpkg_digests
    lists = entries(within: %w[/var/lib/dpkg]) { |e| e.file? && e.path.end_with?('.md5sums') && e.path.start_with?('/var/lib/dpkg/') }
    moved = (@image.lines('/var/lib/dpkg/diversions') || []).to_h { |path| [path.delete_prefix('/'), true] }
    lists.flat_map do |list|
      @image.lines(list.path).filter_map do |line|
        digest, path = line.split(/\s+/, 2)
        [path, digest, :md5] if path&.match?(PROGRAMS) && !moved[path]
      end
    end
  end

  # apk keeps folders as F:, files as R: and SHA-1 digests as Z:Q1<base64>.
  def apk_digests
    path = APK.find { |file| @image.exist?(file) } or return []
    folder = file = nil
    @image.lines(path).filter_map do |line|
      folder = line[2..] if line.start_with?('F:')
      file = line[2..] if line.start_with?('R:')
      next unless line.start_with?('Z:Q1') && "#{folder}/".match?(PROGRAMS)

      ["#{folder}/#{file}", line[4..].unpack1('m').unpack1('H*'), :sha1]
    end
  end

  # Merged trees move /bin to /usr/bin while packages still record bin/.
  def changed(path, digest, kind)
    entry = by_path["/#{path}"] || by_path["/usr/#{path}"]
    return unless entry&.file?
    return @unknown.push("files beyond #{option(:max_file_bytes)} bytes were not compared") && nil if entry.size > option(:max_file_bytes)

    bytes = @image.bytes(entry.path, entry.size)
    return @unknown.push("#{entry.path} may not be read") && nil if bytes.nil?

    now = kind == :md5 ? Digest::MD5.hexdigest(bytes) : Digest::SHA1.hexdigest(bytes)
    "#{entry.path} is not what its package brought" unless now == digest
  end

  # Only the image's own rpm can tell. Saying nothing proves nothing unless it also lists packages and ends well.
  def rpm_changes
    listed = @image.command('rpm -qa').stdout.to_s.strip
    result = @image.command('rpm -Va --nodeps --noscripts --nomtime --noghost --noconfig')
    silent = result.stdout.to_s.strip.empty?
    if listed.empty? || (silent && result.exit_status != 0)
      @image.unknown!("comparing files with the rpm database (the image's own rpm: #{result.stderr.to_s.strip[0, 100]})")
    end
    result.stdout.to_s.lines(chomp: true).filter_map do |line|
      marks, path = line.match(/\A([.SM5DLUGTP?]{8,9})\s+(?:[cdglr]\s+)?(\/.*)\z/)&.captures
      "#{path} is not what its package brought" if marks&.include?('5') && path.delete_prefix('/').match?(PROGRAMS)
    end
  end

  def source?(path)
    path == '/etc/apt/sources.list' || path.match?(%r{\A/etc/apt/(?:sources\.list\.d/[^/]+\.(?:list|sources)|apt\.conf(?:\.d/[^/]+)?)\z}) ||
      path == '/etc/apk/repositories' || path.match?(%r{\A/etc/(?:yum\.repos\.d|zypp/repos\.d)/[^/]+\.repo\z}) || path == '/etc/dnf/dnf.conf'
  end

  def source_faults(path)
    lines = (@image.lines(path) || []).reject { |line| line.match?(/\A\s*(?:#|\/\/)/) }
    case path
    when %r{\A/etc/apt/apt\.conf} then lax(lines, path, /Allow(?:Unauthenticated|InsecureRepositories|WeakRepositories)\s+"?(?:true|1|yes)"?/i)
    when %r{\A/etc/apt/} then lax(lines, path, /\btrusted\s*[=:]\s*yes|\ballow-insecure\s*[=:]\s*yes/i)
    when /\.repo\z/ then lax(lines, path, /^\s*gpgcheck\s*=\s*(?:0|false|no)/i)
    when %r{/dnf\.conf\z} then lax(lines, path, /^\s*gpgcheck\s*=\s*(?:0|false|no)/i)
    else []
    end
  end

  def lax(lines, path, pattern)
    lines.grep(pattern).map { |line| "#{path}: #{line.strip}" }
  end

  def keyless_apk
    return [] unless (@image.read('/etc/apk/repositories') || '').match?(/^\s*[^#\s]/)

    keys = entries(within: %w[/etc/apk /usr/share/apk]) { |e| e.file? && (e.under?('/etc/apk/keys') || e.under?('/usr/share/apk/keys')) }
    keys.empty? ? ['/etc/apk/repositories names sources, but there is no key to check their packages with'] : []
  end
end
