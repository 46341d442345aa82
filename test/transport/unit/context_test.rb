# frozen_string_literal: true

require_relative "../helper"

# Profiles see that they look at a container, under cgroup v1 and v2, unless they are told the plain truth.
class ContextTest < TransportTest
  V1 = "12:pids:/kubepods/besteffort/pod1/abc\n1:name=systemd:/kubepods/besteffort/pod1/abc\n"
  V2 = "0::/\n"

  Target = Struct.new(:folder) do
    def proc_path(name)
      File.join(folder, name)
    end

    def uri
      "proc://1"
    end
  end

  def context(text)
    File.write("#{@folder}/cgroup", text)
    SidecarScan::ContainerContext.new(Target.new(@folder))
  end

  def test_cgroup_v1_is_as_it_is
    assert_equal(V1, context(V1).content("/proc/self/cgroup"))
  end

  def test_cgroup_v2_gets_a_line_that_says_container
    text = context(V2).content("/proc/self/cgroup")
    assert_match(%r{\A0::/\n1:name=systemd:/docker/\h{64}\n\z}, text)
  end

  def test_only_what_profiles_ask_is_presented
    context = context(V2)
    assert(%w[/.dockerenv /proc/self/cgroup /proc/1/cgroup].all? { |path| context.covers?(path) })
    refute(context.covers?("/etc/passwd"))
  end

  def test_inspec_sees_a_container
    control = "control 'c' do\ndescribe(virtualization) { its('system') { should eq 'docker' } }\nend\n"
    root = image
    on = inspect_with("rootfs://#{root}", control, "SCAN_CONTAINER_CONTEXT" => "true")
    off = inspect_with("rootfs://#{root}", "control 'c' do\ndescribe(file('/.dockerenv')) { it { should exist } }\nend\n")
    assert_equal(%w[passed], on["c"].map { |result| result["status"] })
    assert_equal(%w[failed], off["c"].map { |result| result["status"] })
  end
end
