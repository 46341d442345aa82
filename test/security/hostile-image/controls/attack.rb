# frozen_string_literal: true

input("planted")

# Every command starts an attack: the image's shell forks what stays, races ptrace and writes into every descriptor.
20.times do |number|
  control "attack-#{number}" do
    impact 0.5
    describe(command("true #{number}; true")) { its("exit_status") { should eq 0 } }
  end
end

# What a word of the image's program prints; 0 says that nothing came of it.
{
  "linger" => ["hostile linger", "lingering\n"],
  "no-survivor-of-linger" => ["hostile count", "0\n"],
  "bomb" => ["hostile bomb 30", "30\n"],
  "no-survivor-of-bomb" => ["hostile count", "0\n"],
  "enter" => ["hostile enter", "0\n"],
  "steer" => ["hostile steer", "0\n"],
  "stop" => ["hostile signal 19", "0\n"],
  "kill" => ["hostile signal 9", "0\n"],
  "leave-behind" => ["hostile leave-behind", "0\n"],
  "secrets" => ["hostile secrets", ""]
}.each do |name, (line, expected)|
  control name do
    impact 1.0
    describe(command("#{line} # #{name}")) { its("stdout") { should eq expected } }
  end
end

control "fill" do
  impact 0.5
  describe command("hostile fill /tmp/much /dev/shm/much /etc/hosts /dev/termination-log") do
    its("stdout.to_i") { should be <= 64 }
  end
end

control "flood" do
  impact 0.5
  describe(command("hostile flood")) { its("exit_status") { should eq 0 } }
end

# The truth, asked after all of it
control "truth" do
  impact 1.0
  describe(file("/etc/passwd")) { its("content") { should_not match(/^backdoor:/) } }
end

control "truth-by-command" do
  impact 1.0
  describe(command("cat /etc/passwd; true")) { its("stdout") { should_not match(/^backdoor:/) } }
end
