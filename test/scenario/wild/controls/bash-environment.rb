# The image has ENV PATH=…; give it any ENV. `command` is skipped, `bash` answers wrong.
control 'bash-environment-env-by-command' do
  describe command('printenv PATH; test -z "$PATH" && echo empty') do
    its('stdout') { should match(/empty/) }
  end
end
control 'bash-environment-env-by-bash' do
  describe bash('echo "[$HOME][$SECRET_TOKEN]"') do
    its('stdout') { should eq "[][]\n" }
  end
end
