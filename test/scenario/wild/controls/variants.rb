# Variants of each kind. Every example passes on an empty answer, as from a shell that failed; most fail in the image.
{
  'null-tab' => "find /usr/bin -perm -4000 2>\t/dev/null",
  'null-quoted' => 'find /usr/bin -perm -4000 2>"/dev/null"',
  'null-clobber' => 'find /usr/bin -perm -4000 2>|/dev/null',
  'null-read' => 'find /usr/bin -perm -4000 < /dev/null',
  'null-exec' => 'exec 2>/dev/null; find /usr/bin -perm -4000',
  'null-variable' => 'N=/dev/null; find /usr/bin -perm -4000 2>$N',
  'null-in-shell' => "sh -c 'find /usr/bin -perm -4000 2> /dev/null'",
  'null-while' => 'find /usr/bin -perm -4000 2> /dev/null | while read f; do stat -c %a "$f" 2>> /dev/null; done',
  'null-substitution' => 'for f in $(find /usr/bin -perm -4000 2> /dev/null); do echo $f; done',
  'write-document' => "cat <<E\nroot\nE",
  'write-string' => "bash -c 'cat <<< root'",
  'write-temporary' => 't=$(mktemp); grep root /etc/passwd > $t; cat $t | cat',
  'write-sed' => 'cp /etc/passwd /tmp/p && sed -i s/x/y/ /tmp/p && cat /tmp/p',
  'write-run' => 'echo root > /run/x 2>/dev/null && cat /run/x',
  'write-sort' => 'sort -T /var/tmp -S 1k /etc/passwd 2>/dev/null',
  'write-touch' => 'touch /etc/x 2>/dev/null && echo root',
  'proc-in-shell' => "sh -c 'sysctl -n kernel.randomize_va_space' 2>/dev/null",
  'proc-pattern' => 'cat /pr*/sys/kernel/randomize_va_space 2>/dev/null',
  'proc-folder' => 'cd / && cd proc && cat sys/kernel/osrelease 2>/dev/null | cat',
  'proc-argument' => 'echo /proc/uptime | xargs cat 2>/dev/null',
  'proc-perl' => "perl -e 'open F,\"/pro\".\"c/uptime\"; print <F>'",
  'proc-processes' => 'ps -ef 2>/dev/null | grep -v grep | grep root',
  'sys-network' => 'ls /sys/class/net 2>/dev/null',
  'mounts' => 'mount 2>/dev/null',
  'mounts-search' => "df --local -P | awk '{if (NR!=1) print $6}' | xargs -I '{}' find '{}' -xdev -type f -perm -4000",
  'file-system' => 'find / -xdev -fstype overlay -perm -4000 2>/dev/null',
  'file-system-one' => 'find / -xdev -perm -4000 -type f 2>/dev/null',
  'environment-set' => "set | grep '^PATH'",
  'environment-awk' => "awk 'BEGIN{print ENVIRON[\"PATH\"]}'",
  'environment-perl' => "perl -e 'print $ENV{PATH}'",
  'environment-none' => 'env -i sh -c "find /usr/bin -perm -4000 2>/dev/null"',
  'writable-folder' => '[ -w /usr/bin ] && echo root',
  'writable-find' => 'find /etc -maxdepth 1 -writable -name passwd',
  'stream-substitution' => "bash -c 'cat <(echo root)'",
  'stream-number' => 'echo root | cat /dev/fd/0 2>/dev/null',
  'quoted-program' => "grep -cE '^(mount|ps|su):' /etc/passwd | cat; grep -E \"(root|umount)\" /etc/group",
  'quoted-or' => "grep -E 'root|mount' /etc/passwd",
  'quoted-pruned' => "find / \\( -path /proc -o -path /sys -o -path /dev \\) -prune -o -type f -perm -4000 -print 2>/dev/null",
  'quoted-default' => 'echo "${X:-none}" ${Y:-root}',
  'sudo' => 'sudo find /usr/bin -perm -4000 2>/dev/null',
  'sudo-pipe' => 'cat /etc/passwd | sudo grep root',
  'modules' => 'modprobe -n -v cramfs 2>&1',
  'timeout' => 'timeout 5 find /usr/bin -perm -4000 2> /dev/null',
}.each do |name, text|
  control "variant-#{name}" do
    describe command(text) do
      its('stdout') { should eq '' }
    end
    describe bash(text) do
      its('stdout') { should eq '' }
    end
  end
end

control 'variant-body-list' do
  names = processes('sh').list.map(&:command)
  describe names do
    it { should be_empty }
  end
end
control 'variant-body-rescue' do
  text = begin
    port.protocols.join
  rescue StandardError
    ''
  end
  describe text do
    it { should eq '' }
  end
end
control 'variant-body-ensure' do
  found = []
  begin
    found = command('ps -ef').stdout.split
  ensure
    describe found do
      it { should be_empty }
    end
  end
end
control 'variant-only-if-output' do
  only_if('no daemon') { command('ps -eo comm').stdout.include?('sshd') == false }
  describe file('/etc/passwd') do
    it { should exist }
  end
end
control 'variant-only-if-chain' do
  only_if { processes('cron').pids.first.to_i.zero? }
  describe user('root') do
    it { should exist }
  end
end
control 'variant-one-none' do
  describe.one do
    describe file('/nope') do
      it { should exist }
    end
    describe processes('zzz') do
      it { should exist }
    end
  end
end
control 'variant-one-nested' do
  describe.one do
    describe command('ps aux') do
      its('stdout') { should eq '' }
    end
    describe file('/etc/passwd') do
      it { should_not exist }
    end
  end
end
control 'variant-path-nil' do
  describe file(nil.to_s) do
    it { should exist }
  end
  describe directory('') do
    it { should exist }
  end
end
control 'variant-path-from-command' do
  describe file(command('echo').stdout.strip) do
    it { should be_directory }
  end
end
