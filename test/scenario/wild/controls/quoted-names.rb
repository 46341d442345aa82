control 'quoted-names-grep-for-names' do
  describe command("grep -E '(mount|umount|su|sudo)' /etc/group") do
    its('stdout') { should match(/sudo/) }
  end
  describe command('grep "umount\|mount" /etc/services') do
    its('exit_status') { should eq 1 }
  end
end
control 'quoted-names-find-prunes-proc' do
  describe command("find / -path /proc -prune -o -path /sys -prune -o -perm -4000 -type f -print") do
    its('stdout') { should match(/passwd/) }
  end
end
control 'quoted-names-own-default' do
  describe command('echo "${UNSET_THING:-none}" "$PATH"') do
    its('stdout') { should match(/none/) }
  end
end
