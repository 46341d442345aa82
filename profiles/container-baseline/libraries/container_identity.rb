# frozen_string_literal: true

require 'container_check'
require 'container_files'
require 'container_secrets'
require 'secret_scan'

# As whom and where the image runs, and what its configuration says besides.
class ContainerIdentity < ContainerCheck
  name 'container_identity'
  desc 'Asks one question about the user, the working folder and the configuration of an image'
  example <<~EXAMPLE
    describe container_identity('runs_as_root') do
      it { should have_no_findings }
    end
  EXAMPLE

  LOGIN_PORTS = { 22 => 'SSH', 23 => 'telnet' }.freeze
  # `--password=x`, `-Dtoken=x`, `API_KEY=x`, and `--password` with the value in the next word
  ARGUMENT = /\A(?<name>-{0,2}[\w.-]+)(?:[=:](?<value>.+))?\z/m.freeze
  # A switch, or a reference that the program or the shell resolves later
  NO_SECRET = /\A(?:true|false|yes|no|on|off|[01]|["']?\$.*)\z/im.freeze
  URL_WITH_PASSWORD = %r{[a-z][a-z0-9+.-]*://[^\s/:@]*:(?!\$)[^\s/@]+@}in.freeze
  PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/n.freeze

  def runs_as_root
    @image.user.first.zero? ? ['The image runs as root (UID 0)'] : []
  end

  def user_without_account
    accounts = @image.lines('/etc/passwd')&.map { |line| line.split(':') }
    name = configured_user
    return ["The user #{name} is not in /etc/passwd"] if name && !name.match?(/\A\d+\z/) && (accounts || []).none? { |row| row[0] == name }

    uid = @image.user.first
    not_applicable!('The image has no /etc/passwd, and root needs none') if accounts.nil? && uid.zero?
    (accounts || []).any? { |row| row[2] == uid.to_s } ? [] : ["UID #{uid} is not in /etc/passwd"]
  end

  def writable_programs
    uid, gid, groups = @image.user
    not_applicable!('The image runs as root, which may write everything') if uid.zero?
    programs = programs_to_run
    not_applicable!('The image has no programs in those folders') if programs.empty?
    (holders(programs, uid) + programs).select { |e| may_write?(e, uid, [gid, *groups]) }
                                       .map { |e| "#{e.path}: mode #{e.octal}, owner #{e.uid}:#{e.gid}, and UID #{uid} may write it" }
  end

  def working_folder
    path = @image.working_folder
    folder = @image.stat(path)
    return ["#{path} is not in the image"] if folder.nil?
    return ["#{path} is not a folder"] unless folder.directory?

    fault = folder_fault(folder)
    return ["#{path}: #{fault}"] if fault

    @unknown << "whether #{path} is in the image: a runtime creates a missing one, and this one is empty" if perhaps_created?(path, folder)
    []
  end

  def exposed_ports
    (configuration['ExposedPorts'] || {}).keys.flat_map do |port|
      first, last = port.to_s[/\A[\d-]+/].to_s.split('-').map(&:to_i)
      LOGIN_PORTS.select { |number, _| first && number.between?(first, last || first) }
                 .map { |_, service| "port #{port} (#{service}) is exposed" }
    end
  end

  def health_check
    not_applicable!("The input no_health_check says: #{option(:reason)}") unless option(:reason).to_s.strip.empty?
    config = configuration
    check = config['Healthcheck'].is_a?(Hash) ? Array(config['Healthcheck']['Test']) : []
    return [] unless check.empty? || check.first == 'NONE'

    not_applicable!('The OCI image format has no place for a health check') if check.empty? && config['ManifestType'].to_s.include?('oci.image')
    ['The image has no health check']
  end

  # No finding repeats what may be the secret.
  def configured_secrets
    config = configuration
    labels = (config['Labels'] || {}).filter_map { |name, value| "label #{name} has a value" if secret?(name, value.to_s) }
    labels + %w[Entrypoint Cmd].flat_map { |key| arguments(key, Array(config[key]).map(&:to_s)) }
  end

  private

  def configuration
    @image.configuration || not_applicable!('Only a process tells of the image here, and a process does not know the configuration')
  end

  # The name or number that the configuration gives; nil where it is not known or not set
  def configured_user
    name = @image.configuration && @image.configuration['User'].to_s.split(':').first
    name.to_s.empty? ? nil : name
  end

  # In the folders of programs and of PATH, and what the command line of the image names
  def programs_to_run
    path = @image.environment['PATH'].to_s.split(':').select { |folder| folder.start_with?('/') }
    folders = (ContainerFiles::PROGRAM_FOLDERS + path.map { |folder| folder.chomp('/') } + option(:paths)).uniq
    found = entries(within: folders) { |e| program?(e) && inside?(e, folders) }
    (found + command_line.map { |word| by_path[word] }.compact.select { |e| program?(e) }).uniq
  end

  def program?(entry)
    entry.file? && (entry.executable? || entry.name.match?(ContainerFiles::PROGRAM_NAMES))
  end

  def command_line
    config = @image.configuration or return []
    words = %w[Entrypoint Cmd].flat_map { |key| Array(config[key]).map(&:to_s) }.reject { |word| word.empty? || word.include?("\0") }
    words.map { |word| word.start_with?('/') ? File.expand_path(word) : File.expand_path("#{@image.working_folder}/#{word}") }
  end

  def inside?(entry, folders)
    folders.any? { |folder| ['', '/'].include?(folder) ? entry.path.count('/') == 1 : entry.under?(folder) }
  end

  # Who may write a folder may put another entry in the place of each in it. The sticky bit keeps all but its owner from that.
  def holders(programs, uid)
    paths = programs.flat_map { |e| parents(e.path) }.uniq
    paths.map { |path| by_path[path] }.compact.reject { |e| e.mode.anybits?(0o1000) && e.uid != uid }
  end

  def parents(path)
    folder = File.dirname(path)
    folder == '/' ? [] : [folder, *parents(folder)]
  end

  # As the kernel asks: the group's bits where it is in the group, or everybody's. An owner may change the mode.
  def may_write?(entry, uid, groups)
    entry.uid == uid || entry.mode.anybits?(groups.include?(entry.gid) ? 0o020 : 0o002)
  end

  # The user itself may write it, root may, and nobody else.
  def folder_fault(folder)
    return "mode #{folder.octal} lets everybody write" if folder.mode.anybits?(0o002)
    return nil if folder.uid.zero? && (folder.gid.zero? || folder.mode.nobits?(0o020))

    uid, gid, = @image.user
    return "owned by UID #{folder.uid}, and the image runs as #{uid}" unless [0, uid].include?(folder.uid)

    "mode #{folder.octal} lets group #{folder.gid} write" if folder.mode.anybits?(0o020) && ![0, gid].include?(folder.gid)
  end

  def perhaps_created?(path, folder)
    return false if path == '/' || !@image.container? || folder.mode != 0o755

    entries(within: [path]) { |e| e.under?(path) }.empty?
  end

  def secret?(name, value)
    return false if value.empty? || NO_SECRET.match?(value)

    known?(value) || speaks_of_secret?(name)
  end

  def speaks_of_secret?(name)
    plain = name.tr('-.', '__').gsub(/tokens(?![a-z])|tokeniz/i, '') # of a language model
    plain.match?(ContainerSecrets::SECRET_NAME) && !plain.match?(ContainerSecrets::POINTER_NAME) && !plain.match?(/\A_*no_/i)
  end

  def known?(text)
    bytes = text.b
    [URL_WITH_PASSWORD, PRIVATE_KEY, *SecretScan::ACCESS_KEYS.values].any? { |pattern| bytes.match?(pattern) }
  end

  # Words within a word too: `sh -c "server --password=x"`
  def arguments(key, words)
    parts = words.flat_map(&:split)
    keys = known?(words.join(' ')) ? ["#{key} holds a known form of key or a URL with a password"] : []
    keys + parts.each_with_index.filter_map do |part, index|
      found = part.delete(%q('")).match(ARGUMENT) or next
      value = found[:value] || (part.start_with?('-') ? following(parts[index + 1]) : nil)
      "#{key} gives a value to #{found[:name]}" if value && !NO_SECRET.match?(value) && speaks_of_secret?(found[:name])
    end
  end

  def following(part)
    part.nil? || part.start_with?('-') ? nil : part
  end
end
