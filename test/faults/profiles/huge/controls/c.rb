# frozen_string_literal: true

# Results of more than 200 MB.
7.times do |number|
  control "huge-#{number}" do
    impact 1.0
    title 'x' * 31_000_000
    describe(1) { it { should eq 1 } }
  end
end
