# frozen_string_literal: true

control "reach-1" do
  impact 1.0
  title "The target's program runs, and looks around"
  describe(file("/tmp/looked")) { it { should exist } }
end

control "reach-2" do
  impact 1.0
  title "It has not read the scanner's environment, nor entered its root"
  describe(file("/tmp/reached")) { it { should_not exist } }
end
