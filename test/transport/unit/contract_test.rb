# frozen_string_literal: true

require_relative "../helper"

# The written contract of a target, and the three kinds that keep it.
class ContractTest < TransportTest
  KINDS = [SidecarScan::RestingTarget, SidecarScan::RunningTarget, SidecarScan::HeldTarget].freeze

  KINDS.each do |kind|
    define_method("test_#{kind.name[/\w+\z/]}_has_exactly_the_public_methods_of_the_contract") do
      own = kind.public_instance_methods - Object.public_instance_methods
      assert_equal SidecarScan::Target::CONTRACT.keys.sort, own.sort
    end

    define_method("test_#{kind.name[/\w+\z/]}_takes_the_arguments_of_the_contract") do
      SidecarScan::Target::CONTRACT.each { |name, arity| assert_equal arity, kind.instance_method(name).arity, "#{kind}##{name}" }
    end
  end

  def test_nobody_asks_a_target_what_it_responds_to
    Dir[File.expand_path("../../../src/transport/**/*.rb", __dir__)].each do |path|
      refute_match(/\btarget\.(?:respond_to\?|is_a\?|kind_of\?|class\b)/, File.read(path), path)
    end
  end

  def test_what_one_kind_does_not_have_is_nil
    resting = connect(image).target
    assert_nil resting.pid
    assert_nil resting.process
    assert_nil resting.apart
    running = SidecarScan::RunningTarget.allocate
    assert_nil running.facts
    assert_nil running.configuration
    assert_nil running.apart
  end
end
