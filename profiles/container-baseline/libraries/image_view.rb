# frozen_string_literal: true

# The target image as the checks see it: files by path, one walk of the whole tree, the start-up environment.
# Built once for a connection and shared by every control. Three answers are kept apart: a value, nil for
# "is not there", and ResourceSkipped for "could not look".
class ImageView
  Entry = Struct.new(:path, :type, :mode, :uid, :gid, :size, :link_target) do
    def file?
      type == :file
    end

    def directory?
      type == :directory
    end

    def symlink?
      type == :symlink
    end

    def executable?
      file? && mode.anybits?(0o111)
    end

    def name
      path[(path.rindex('/') + 1)..]
    end

    def under?(folder)
      path.start_with?(folder == '/' ? '/' : "#{folder}/")
    end

    def octal
      format('%04o', mode)
    end
  end

  Tree = Struct.new(:entries, :by_path, :denied, :truncated, :mounts)

  FIND = %q{find / -xdev \( -path /proc -o -path /sys -o -path /dev \) -prune -o } +
         %q{-printf '%y\t%m\t%U\t%G\t%s\t%l\t%p\0'}
  FIND_TYPES = { 'f' => :file, 'd' => :directory, 'l' => :symlink, 'b' => :block_device,
                 'c' => :character_device, 'p' => :pipe, 's' => :socket }.freeze

  # Asked one by one: a connection's `type` may speak of the link instead of what it leads to.
  TYPES = { file: :file?, directory: :directory?, pipe: :pipe?, socket: :socket?, block_device: :block_device?,
            character_device: :character_device? }.freeze

  def self.of(inspec)
    connection = inspec.backend
    kept = connection.instance_variable_get(:@container_baseline_view)
    return kept if kept

    connection.instance_variable_set(:@container_baseline_view, new(inspec))
  end

  def initialize(inspec)
    @inspec = inspec
    @connection = inspec.backend
    @memo = {}
  end

  # Anything costly that several checks share.
  def memo(key)
    return @memo[key] if @memo.key?(key)

    @memo[key] = yield
  end

  def unknown!(reason)
    raise Inspec::Exceptions::ResourceSkipped, unavailable(reason)
  end

  def unavailable(reason)
    scheme = @connection.respond_to?(:uri) ? @connection.uri.to_s[/\A[a-z0-9_+-]+(?=:)/i] : nil
    "Not available through the #{[nil, 'rootfs'].include?(scheme) ? 'proc' : scheme} transport: #{reason}"
  end

  # Text of a file, links followed; nil where there is none.
  def read(path)
    memo([:read, path]) do
      file = @connection.file(path)
      next nil unless file.exist? && file.file?

      text = file.content or unknown!("#{path} may not be read")
      text.dup.force_encoding('UTF-8').scrub
    end
  end

  # Up to `limit` bytes of a file, as binary; nil where it may not be read.
  def bytes(path, limit)
    return @connection.read_start(path, limit) if @connection.respond_to?(:read_start)

    @connection.file(path).content&.b&.byteslice(0, limit)
  rescue Inspec::Exceptions::ResourceSkipped
    nil
  end

  def lines(path)
    read(path)&.lines(chomp: true)
  end

  # What a path leads to, links followed; nil where nothing is there.
  def stat(path)
    memo([:stat, path]) do
      file = @connection.file(path)
      next nil unless file.exist?

      type = TYPES.find { |_, asked| file.public_send(asked) }&.first || :unknown
      Entry.new(path, type, file.mode & 0o7777, file.uid, file.gid, file.size, nil)
    end
  end

  def exist?(path)
    !stat(path).nil?
  end

  # Every entry of the image, once. The first caller's limit counts: all controls pass the same input.
  def tree(max_entries)
    memo(:tree) do
      tree = @connection.respond_to?(:walk) ? walk(max_entries) : find(max_entries)
      unknown!('the walk of the file tree saw nothing') if tree.entries.empty?
      tree.entries.each { |entry| tree.by_path[entry.path] = entry }
      tree
    end
  end

  # The target's start-up environment as a Hash of name to value.
  def environment
    memo(:environment) do
      pairs = @connection.respond_to?(:target) ? @connection.target.environment : printed_environment
      unknown!('the environment of the target (no process of it is running)') if pairs.nil?
      pairs.filter_map { |pair| pair.split('=', 2) if pair.include?('=') }.to_h
    end
  end

  # [UID, GID, GIDs of all groups] that the image's program is started as.
  def user
    memo(:user) do
      numbers = @connection.respond_to?(:target) ? @connection.target.image_user : printed_user
      numbers || unknown!('the user the image runs as')
    end
  end

  # The folder that the target's program is started in.
  def working_folder
    memo(:working_folder) do
      target = @connection.respond_to?(:target) ? @connection.target : nil
      folder = target ? target.told_working_folder : @inspec.command('pwd').stdout.chomp
      folder.to_s.empty? ? unknown!('the working folder of the target') : folder
    end
  end

  # The image's configuration with the keys of `podman image inspect`; nil where the engine gives none.
  def configuration
    memo(:configuration) do
      target = @connection.respond_to?(:target) ? @connection.target : nil
      target.respond_to?(:configuration) ? target.configuration : nil
    end
  end

  # Whether the files are those of a container, to which a runtime may have added some
  def container?
    !(@connection.respond_to?(:uri) && @connection.uri.to_s.start_with?('rootfs:'))
  end

  def command(line)
    @inspec.command(line)
  end

  private

  def walk(max_entries)
    entries = []
    seen = @connection.walk('/', max: max_entries) do |path, s|
      entries << Entry.new(path, s[:type], s[:mode], s[:uid], s[:gid], s[:size], s[:link_target])
    end
    Tree.new(entries, {}, seen[:denied], seen[:truncated], seen.fetch(:mounts, []))
  end

  # For transports that run commands (local, docker, ssh): GNU find, one process.
  def find(max_entries)
    result = @connection.run_command(FIND)
    denied = result.stderr.to_s.scan(/find: .(\/[^:]*?).: Permission denied/).flatten
    rows = result.stdout.to_s.dup.force_encoding('UTF-8').scrub.split("\0").reject { |row| row.end_with?("\t/") }
    unknown!('listing the file tree (the target has no GNU find)') if rows.empty?
    entries = rows.first(max_entries).map { |row| found(row) }
    Tree.new(entries, {}, denied, rows.size > max_entries, [])
  end

  def found(row)
    type, mode, uid, gid, size, link, path = row.split("\t", 7)
    Entry.new(path, FIND_TYPES.fetch(type, :unknown), mode.to_i(8), uid.to_i, gid.to_i, size.to_i, link)
  end

  def printed_user
    results = ['id -u', 'id -g', 'id -G'].map { |line| @inspec.command(line) }
    return nil unless results.all? { |result| result.exit_status.zero? }

    uid, gid, groups = results.map { |result| result.stdout.split.map(&:to_i) }
    [uid.first, gid.first, groups]
  end

  def printed_environment
    result = @inspec.command('env')
    result.exit_status.zero? ? result.stdout.lines(chomp: true) : nil
  end
end
