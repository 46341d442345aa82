# the resource asks for processes while it is built; its value is used in the control's body
control 'skipped-resource-in-body-banner' do
  first = daemon_settings.banner
  describe first do
    it { should match(/root/) }
  end
end
