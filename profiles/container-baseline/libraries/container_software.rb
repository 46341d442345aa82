# frozen_string_literal: true

require 'container_check'

# Programs and leftovers that a production image does not need.
class ContainerSoftware < ContainerCheck
  name 'container_software'
  desc 'Asks one question about programs and leftovers in an image'
  example <<~EXAMPLE
    describe container_software('compilers', allowed: [], max_entries: 300_000) do
      it { should have_no_findings }
    end
  EXAMPLE

  PROGRAMS = {
    shells: /\A(?:ash|bash|csh|dash|elvish|fish|ksh\d*|mksh|nu|oksh|pwsh|rbash|sh|tcsh|yash|zsh)\z/,
    package_managers: /\A(?:apk|apt|apt-get|aptitude|bundle|cargo|dnf\d?|dpkg|gem|microdnf|npm|opkg|pacman|pip[\d.]*|pnpm|rpm|tdnf|uv|yarn|yum|zypper)\z/,
    compilers: /\A(?:(?:[a-z0-9_]+-)*(?:gcc|g\+\+|cpp|clang|clang\+\+|ld\.bfd|ld\.gold|as|gfortran)(?:-[\d.]+)?|cc|c\+\+|c89|c99|ld|cmake|go|javac|ghc|gnatmake|make|gmake|ninja|rustc|tcc)\z/,
    debuggers: /\A(?:bpftrace|gdb|gdbserver|lldb|ltrace|nc|nc\.\w+|ncat|netcat|ngrep|nmap|perf|socat|strace|tcpdump|telnet|tftp|tshark|valgrind)\z/,
    ssh_servers: /\A(?:dropbear|sshd|tinysshd|sshd-session)\z/,
    network_daemons: /\A(?:avahi-daemon|cupsd|ftpd|in\.\w+d|inetd|inetutils-inetd|nmbd|ntpd|proftpd|pure-ftpd|rlogind|rpcbind|rpc\.\w+d|rshd|rsyncd|slapd|smbd|snmpd|telnetd|tftpd|udhcpd|utelnetd|vsftpd|x11vnc|xinetd|Xvnc|ypserv)\z/,
    privilege_tools: /\A(?:doas|pkexec|sudo|sudoedit)\z/,
    schedulers: /\A(?:anacron|atd|cron|crond|dcron|fcron|supercronic)\z/
  }.freeze
  CACHES = {
    '/var/cache/apt' => /\.(?:bin|deb)\z/, '/var/lib/apt/lists' => /\A(?!lock\z)/, '/var/cache/dnf' => /./, '/var/cache/yum' => /./,
    '/var/cache/libdnf5' => /./, '/var/cache/zypp' => /./, '/var/cache/apk' => /./, '/etc/apk/cache' => /./, '/var/lib/rpm/__cache' => /./
  }.freeze
  HOME_CACHES = %r{\A(?:/root|/home/[^/]+)/(?:\.cache/(?:pip|yarn|go-build|pnpm|uv|composer)|\.npm/_cacache|\.m2/repository|\.cargo/registry|\.gem/specs|go/pkg/mod|\.gradle/caches)/}.freeze
  MANAGER_DATA = %w[/var/lib/dpkg /lib/apk/db /usr/lib/apk/db /var/lib/rpm /usr/lib/sysimage/rpm /etc/apt /etc/apk /etc/dnf /etc/yum.repos.d].freeze
  # Folders of data and settings: what lies there is on no PATH, and they are often closed.
  DATA_FOLDERS = %w[/etc /home /root /run /tmp /var].freeze
  JOB_FOLDERS = %w[/etc/cron.d /etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly /etc/periodic /etc/crontabs
                   /var/spool/cron /var/spool/at /var/spool/cron/atjobs].freeze
  CORE = /\Acore(?:\.\d+)?\z|\.core\z|\Avgcore\.\d+\z/.freeze
  LOG = /\.(?:log|gz|xz|1|old)\z|\A(?:btmp|faillog|lastlog|messages|syslog|wtmp)\z/.freeze

  def shells
    programs(:shells)
  end

  def package_managers
    programs(:package_managers)
  end

  def compilers
    programs(:compilers)
  end

  def debuggers
    programs(:debuggers)
  end

  def ssh_servers
    programs(:ssh_servers)
  end

  def network_daemons
    programs(:network_daemons)
  end

  def privilege_tools
    programs(:privilege_tools) + lax_rules
  end

  def scheduled_jobs
    jobs = entries(within: JOB_FOLDERS) { |e| e.file? && e.name != '.placeholder' && job?(e) && !allowed?(e.path, option(:allowed)) }
    not_applicable!('The image has neither scheduled jobs nor folders for them') if jobs.empty? && no_job_folders?
    daemons = programs(:schedulers)
    return jobs.select { |e| e.under?('/var/spool') }.map { |e| "#{e.path} is a job of a user" } if daemons.empty?

    jobs.map { |e| "#{e.path} is run by #{daemons.first[/\A\S+/]}" }
  end

  def package_caches
    kept = entries(within: CACHES.keys + %w[/root /home]) { |e| e.file? && e.size.positive? && cache_of(e) && !allowed?(e.path, option(:allowed)) }
    not_applicable!('The image has no package manager\'s data') if kept.empty? && MANAGER_DATA.none? { |path| by_path[path] }
    kept.group_by { |e| cache_of(e) }
        .map { |folder, files| "#{folder} holds #{files.size} file(s), #{files.sum(&:size)} bytes" }
  end

  def leftovers
    entries { |e| e.file? && e.size.positive? && leftover?(e) && !allowed?(e.path, option(:allowed)) }
      .map { |e| "#{e.path} (#{e.size} bytes)" }
  end

  private

  def programs(kind)
    pattern = PROGRAMS.fetch(kind)
    entries(within: program_roots) { |e| (e.executable? || e.symlink?) && program_folder?(e.path) && e.name.match?(pattern) && !known?(e) }
      .map { |e| e.symlink? ? "#{e.path} (link to #{e.link_target})" : e.path }
  end

  def known?(entry)
    option(:allowed).include?(entry.name) || allowed?(entry.path, option(:allowed))
  end

  def program_roots
    top = @image.tree(option(:max_entries)).entries.select { |e| e.directory? && e.path.count('/') == 1 }
    ['/'] + top.map(&:path) - DATA_FOLDERS
  end

  def program_folder?(path)
    folder = path[0...path.rindex('/')]
    return false if path.start_with?(*DATA_FOLDERS.map { |data| "#{data}/" })

    folder.end_with?('/bin', '/sbin', '/libexec', '/lib/openssh', '/libexec/openssh') || folder.empty?
  end

  def lax_rules
    paths = entries(within: %w[/etc/sudoers.d /etc/doas.d]) { |e| e.file? && (%w[/etc/sudoers /etc/doas.conf].include?(e.path) || e.under?('/etc/sudoers.d') || e.under?('/etc/doas.d')) }
    paths.flat_map { |e| lax_lines(e.path) }
  end

  def lax_lines(path)
    (@image.lines(path) || []).grep(/\A[^#]*\b(?:NOPASSWD|nopass)\b/).map { |line| "#{path}: #{line.strip}" }
  rescue Inspec::Exceptions::ResourceSkipped
    @unknown << "#{path} may not be read"
    []
  end

  def job?(entry)
    entry.path == '/etc/crontab' || JOB_FOLDERS.any? { |folder| entry.under?(folder) }
  end

  def no_job_folders?
    JOB_FOLDERS.none? { |folder| by_path[folder] }
  end

  def cache_of(entry)
    CACHES.find { |folder, names| entry.under?(folder) && entry.name.match?(names) }&.first || entry.path[HOME_CACHES]&.chomp('/')
  end

  # An ELF file of the kind ET_CORE; plenty of sources are called core.
  def core_dump?(path)
    head = @image.bytes(path, 18)
    @unknown << "#{path} may not be read" if head.nil?
    !head.nil? && head.start_with?("\x7FELF".b) && head.byteslice(16, 2).unpack1('v') == 4
  end

  def leftover?(entry)
    (entry.name.match?(CORE) && core_dump?(entry.path)) ||
      entry.under?('/tmp') || entry.under?('/var/tmp') || (entry.under?('/var/log') && entry.name.match?(LOG))
  end
end
