// Which headline do readers click? A bandit finds out while it already shows mostly the best one, and survives a restart.
//
//   dotnet run samples/choose-a-headline.cs
//
#:project ../src/OptiCore/OptiCore.csproj
#:property PublishAot=false

using OptiCore;
using OptiCore.Bandits;

string[] headlines = ["Ten facts about cats", "Why cats purr", "Your cat is judging you"];
double[] clickRates = [0.04, 0.05, 0.09]; // Unknown to the bandit: they only play the readers here.

// One instance per experiment. The key makes the run reproducible to the bit.
BetaPosteriorState bandit = new ThompsonSampling().Start(arms: headlines.Length, RandomKey.FromSeed(2026));
RandomStream readers = RandomKey.FromSeed(7).Stream();

ServeReaders(2000);

// Save when the service stops, load when it starts again: it continues as if nothing had happened.
using (FileStream file = File.Create("headlines.bandit"))
    bandit.Save(file);

bandit = new ThompsonSampling().Start(arms: headlines.Length, RandomKey.FromSeed(2026));
using (FileStream file = File.OpenRead("headlines.bandit"))
    bandit.Load(file);
File.Delete("headlines.bandit");
Console.WriteLine($"Continued after {bandit.Updates} readers.");

ServeReaders(3000);

for (int arm = 0; arm < headlines.Length; arm++)
    Console.WriteLine($"{headlines[arm],-24} shown {bandit.Pulls[arm],5} times, click rate {bandit.Posterior(arm).Mean:p1} (true: {clickRates[arm]:p1})");

void ServeReaders(int count)
{
    for (int i = 0; i < count; i++)
    {
        int arm = bandit.Choose();                                   // What to show; allocates nothing.
        bool clicked = readers.NextDouble() < clickRates[arm];       // In a service: what the reader did, now or minutes later.
        bandit.Update(arm, reward: clicked ? 1 : 0);
    }
}
